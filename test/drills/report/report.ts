import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evidence } from '../evidence.js';
import type { Verdict } from '../verdict.js';
import { computeFigures } from './figures.js';
import { renderHtml, type Report } from './page.js';
import { computeTimeline } from './timeline.js';

/** The history has its own file, so that a report stays small enough to be read by programs and sent to people. */
const MAX_VIOLATIONS = 100;

/** Writes report.html and report.json. */
export async function writeReport(directory: string, evidence: Evidence, verdict: Verdict): Promise<void> {
  const report = {
    evidence,
    verdict,
    figures: computeFigures(evidence),
    timeline: computeTimeline(evidence),
  };
  await writeFile(join(directory, 'report.html'), renderHtml(report));
  await writeFile(join(directory, 'report.json'), `${JSON.stringify(asJson(report), null, 1)}\n`);
}

/** A report without the history. */
export function asJson({ evidence, verdict, figures, timeline }: Report): object {
  const { run, faults, glimpses, exits, rest } = evidence;
  const invariants = verdict.invariants.map(({ violations, ...invariant }) => ({
    ...invariant,
    holds: violations.length === 0,
    broken: violations.length,
    violations: violations.slice(0, MAX_VIOLATIONS),
  }));
  return {
    run,
    verdict: { holds: verdict.holds, vacuous: verdict.vacuous, invariants },
    figures,
    faults,
    timeline,
    rest,
    glimpses,
    exits,
  };
}
