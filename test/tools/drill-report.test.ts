import { describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence } from '../drills/evidence.js';
import type { Verdict } from '../drills/verdict.js';
import { computeFigures } from '../drills/report/figures.js';
import { headline, renderHtml } from '../drills/report/page.js';
import { fitted, formatProgress, Progress } from '../drills/report/progress.js';
import { asJson, writeReport } from '../drills/report/report.js';
import { clock, duration, escaped, scriptJson } from '../drills/report/text.js';
import { computeTimeline } from '../drills/report/timeline.js';
import { call, creation, evidence, info } from './drill-support/drill-report-evidence.js';

const HOSTILE = `</script><script>alert("1")</script> & 'more'`;

function verdict(broken = 0, vacuous: readonly string[] = []): Verdict {
  const violations = Array.from({ length: broken }, () => ({ what: HOSTILE, story: [HOSTILE] }));
  const invariants = [{ number: 4, name: 'One charge an order', checks: 17, violations }];
  return { holds: broken === 0 && vacuous.length === 0, invariants, vacuous };
}

const page = (seen: Evidence, judged = verdict()) =>
  renderHtml({
    evidence: seen,
    verdict: judged,
    figures: computeFigures(seen),
    timeline: computeTimeline(seen),
  });

describe('the report of a drill', () => {
  test('escapes everything that it shows', () => {
    const fault = { step: 0, target: HOSTILE, from: 1_000, until: 2_000, struck: 1 };
    const seen = evidence([], {
      faults: [{ name: HOSTILE, detail: HOSTILE, ...fault }],
      exits: [{ at: 1, process: HOSTILE, code: null, signal: HOSTILE, ready: true, lastLines: [HOSTILE] }],
      rest: { at: null, busy: [{ orderId: HOSTILE, status: HOSTILE }] },
    });
    const html = page(
      { ...seen, run: { ...seen.run, command: HOSTILE, faults: [HOSTILE, `${HOSTILE}2`] } },
      verdict(2, [HOSTILE]),
    );
    expect(html).not.toContain('alert("1")');
    expect(html).not.toContain(`'more'`);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.split(escaped(HOSTILE)).length).toBeGreaterThan(10);
    expect(JSON.parse(scriptJson(HOSTILE))).toBe(HOSTILE);
    expect(scriptJson(HOSTILE)).not.toContain('<');
  });

  test('contains no external URL, and forbids the browser to load any', () => {
    const html = page(evidence([]));
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).toContain(`default-src 'none'`);
    expect(html).toContain('npm run faults -- --seed 42');
    expect(html).not.toContain('undefined');
    expect(html).not.toContain('NaN');
  });

  test.each([
    [verdict(), 'Every invariant held'],
    [verdict(1), 'Broken: invariant 4 (One charge an order)'],
    [verdict(1, ['too few orders']), 'Broken: invariant 4 (One charge an order)'],
    [verdict(0, ['too few orders']), 'Nothing was broken, but the run shows too little'],
    [{ ...verdict(), holds: false }, 'The run failed'],
  ])('has a headline for its verdict: case %#', (judged, title) => {
    expect(headline(judged).title).toBe(title);
    expect(page(evidence([]), judged)).toContain(`<h1>${title}</h1>`);
  });

  test('has as JSON no history, and a bounded number of violations', () => {
    const seen = evidence(call(0, 1, creation('secret-key'), info));
    const judged = verdict(150);
    const report = {
      evidence: seen,
      verdict: judged,
      figures: computeFigures(seen),
      timeline: computeTimeline(seen),
    };
    const json = JSON.stringify(asJson(report));
    expect(json).not.toContain('secret-key');
    const { verdict: written } = JSON.parse(json) as { verdict: { holds: boolean; invariants: object[] } };
    expect(written).toMatchObject({ holds: false, invariants: [{ number: 4, holds: false, broken: 150 }] });
    expect(written.invariants[0]).toHaveProperty('violations.length', 100);
  });

  test('is written as an HTML and a JSON file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'drill-report-'));
    await writeReport(directory, evidence([]), verdict());
    expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('Every invariant held');
    expect(JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'))).toMatchObject({
      run: { seed: 42 },
      verdict: { holds: true },
      figures: { restMs: 2_500 },
      timeline: { bucketMs: 1_000 },
    });
    await rm(directory, { recursive: true });
  });

  test('shows durations in readable units', () => {
    expect([null, 3.14159, 340, 2_540, 60_000, 200_000, 3_720_000].map(duration)).toEqual([
      '–',
      '3.14 ms',
      '340 ms',
      '2.54 s',
      '1 min',
      '3 min 20 s',
      '1 h 2 min',
    ]);
    expect(clock(187_900)).toBe('3:07');
  });
});

describe('the progress of a drill', () => {
  const facts = {
    elapsedMs: 64_900,
    phase: 'faults',
    acknowledged: 812,
    retries: 40,
    openFaults: ['kill-worker (worker-1)', 'pause-redis (redis)'],
    outbox: null,
    queue: 12,
  };
  const LINE =
    '1:04 faults · 812 orders · 40 retries · outbox ? · queue 12 · kill-worker (worker-1), pause-redis (redis)';

  /** The texts that are written to a terminal or to a file. */
  function written(isTTY: boolean, show: (progress: Progress) => void): string[] {
    const texts: string[] = [];
    const out = { isTTY, columns: 20, write: (text: string) => texts.push(text) > 0 };
    show(new Progress(out as unknown as NodeJS.WriteStream));
    return texts;
  }

  test('is one line, cut to the width of the terminal', () => {
    expect(formatProgress(facts)).toBe(LINE);
    const early = { ...facts, target: 1_000, openFaults: [], outbox: 0 };
    expect(formatProgress(early)).toBe('1:04 faults · 812/1000 orders · 40 retries · outbox 0 · queue 12');
    expect(fitted('12345', 5)).toBe('12345');
    expect(fitted('123456', 5)).toBe('1234…');
  });

  test('rewrites one line in a terminal, and ends it once', () => {
    const texts = written(true, (progress) => {
      progress.update(facts);
      progress.update({ ...facts, elapsedMs: 65_000 });
      progress.end();
      progress.end();
    });
    const ends = ['1:04 faults · 812 …', '1:05 faults · 812 …'];
    expect(texts).toEqual([...ends.map((line) => `\r\u001b[2K${line}`), '\n']);
  });

  test('writes a line every five seconds elsewhere', () => {
    const texts = written(false, (progress) => {
      for (const elapsedMs of [0, 500, 4_999, 5_000, 9_000, 10_100]) progress.update({ ...facts, elapsedMs });
      progress.end();
    });
    expect(texts.map((line) => line.slice(0, 4))).toEqual(['0:00', '0:05', '0:10']);
    expect(texts.every((line) => line.endsWith(')\n'))).toBe(true);
  });
});
