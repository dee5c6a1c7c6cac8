import { describe, expect, it } from '@jest/globals';
import { check } from '../drills/checker/check.js';
import { printVerdict } from '../drills/checker/print.js';
import type { Verdict } from '../drills/verdict.js';
import { DEMANDS } from './drill-support/checker-cases.js';
import { created, type DrillEvidence, input } from './drill-support/drill-evidence.js';
import { manyOrders } from './drill-support/many-orders.js';
import { soundDrill } from './drill-support/sound-drill.js';

const MANY = 10_000;

describe('the drill checker', () => {
  it('finds nothing in a sound run, and checks something for each invariant', () => {
    const verdict = check(soundDrill().draft, DEMANDS);
    expect(findingsOf(verdict)).toEqual([]);
    expect(verdict.vacuous).toEqual([]);
    expect(verdict.holds).toBe(true);
    expect(verdict.invariants.map(({ number }) => number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    ]);
    expect(verdict.invariants.filter(({ checks }) => checks === 0)).toEqual([]);
  });

  it.each<readonly [string, (drill: DrillEvidence) => unknown]>([
    [
      'an order of a call without an answer',
      (drill) => {
        drill.draft.final.byKey = drill.draft.final.byKey.filter(({ key }) => key !== 'key-k');
        drill.order('order-k', 'bob', input('key-k'), 'confirmed');
      },
    ],
    [
      'a call that never ended',
      (drill) => {
        const call = drill.callNumber('b in doubt');
        drill.draft.history = drill.draft.history.filter(
          (entry) => entry.type === 'invoke' || entry.call !== call,
        );
      },
    ],
    [
      'an unknown outcome of other input that won',
      (drill) => {
        const cups = input('key-k', { items: [{ sku: 'cup', quantity: 9 }], intent: 'other-input' });
        const answer = { __typename: 'IdempotencyKeyReused' };
        drill.draft.final.byKey = drill.draft.final.byKey.filter(({ key }) => key !== 'key-k');
        drill.call('k other', 'bob', cups, { type: 'info', error: { code: 'TIMEOUT', message: '' } });
        drill.call('k again', 'bob', input('key-k'), { type: 'ok', answer });
        drill.order('order-k', 'bob', cups, 'confirmed');
      },
    ],
    [
      'a replay without an earlier call, under a fault',
      (drill) => {
        drill.completion('c made').answer = created('order-c', 'key-c', true).answer;
        drill.draft.faults.push({ ...fault(drill), name: 'cut-link', from: 0, until: 10_000 });
      },
    ],
    [
      'money held by an order with an open dead letter',
      (drill) => {
        drill.money('order-e', { captured: 3_500, refunds: 0 });
      },
    ],
    [
      'a subscription that was left before the end',
      (drill) => {
        leaveEarly(drill);
      },
    ],
    [
      'a late message while the machine was slow',
      (drill) => {
        late(drill, 300);
      },
    ],
    [
      'a process that ended during its start',
      (drill) =>
        drill.draft.exits.push({
          at: 5,
          process: 'api-1',
          code: 1,
          signal: null,
          ready: false,
          lastLines: [],
        }),
    ],
    [
      'a subscriber that gets a retryable error',
      (drill) =>
        Object.assign(drill.end('a watched by bob'), {
          error: { code: 'SERVICE_UNAVAILABLE', message: 'Later.', retryable: true },
        }),
    ],
  ])('accepts %s', (_, change) => {
    const drill = soundDrill();
    change(drill);
    expect(findingsOf(check(drill.draft, DEMANDS))).toEqual([]);
  });

  it('tells the story of a violation in order of time', () => {
    const drill = soundDrill();
    drill.ledgerOf('order-a').captures = 2;
    drill.draft.faults.push({ ...fault(drill), name: 'cut-link', from: 25, until: 40 });
    const verdict = check(drill.draft, DEMANDS);
    const story = verdict.invariants[3]?.violations[0]?.story ?? [];
    const times = story.flatMap((line) => /^ *([\d.]+) s /.exec(line)?.slice(1).map(Number) ?? []);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const part of [
      'calls createOrder',
      'is sent version 3',
      'stored',
      'FAULT cut-link',
      'ledger: {',
      'tables: {',
    ]) {
      expect(story.join('\n')).toContain(part);
    }
    expect(story.join('\n')).not.toContain('order-c');
  });

  it('keeps 50 violations of an invariant and 5 stories, and counts the rest', () => {
    const drill = manyOrders(200);
    for (const entry of drill.draft.ledger) entry.captures = 2;
    const violations = check(drill.draft, DEMANDS).invariants[3]?.violations ?? [];
    expect(violations).toHaveLength(51);
    expect(violations.filter(({ story }) => story.length > 0)).toHaveLength(5);
    expect(violations.at(-1)?.what).toMatch(/^… and \d+ more: \d+ in all$/);
  });

  it('says why a run proves too little', () => {
    const { draft } = soundDrill();
    draft.run.faults.push('pause-redis');
    draft.faults.push({
      name: 'pause-redis',
      step: 1,
      target: 'redis',
      from: 1,
      until: 2,
      struck: 0,
      detail: '',
    });
    const { vacuous, holds } = check(draft, { ...DEMANDS, orders: 13 });
    expect(vacuous).toEqual(['only 12 of 13 orders were acknowledged', 'the fault pause-redis never struck']);
    expect(holds).toBe(false);
  });

  it('says everything that did not happen in a long run', () => {
    const drill = manyOrders(200, ['confirmed']);
    drill.draft.samples = [];
    expect(check(drill.draft, DEMANDS).vacuous).toEqual([
      'no answer was a replay',
      'no key had two calls at once',
      'nobody tried again after an unknown outcome',
      'no order was cancelled',
      'no subscription was resumed',
      'no subscriber saw an event',
      'no payment was declined',
      'no payment waited for its customer',
      'no customer came too late to authenticate a payment',
      'no order was paid again',
      'the gateway refused no order',
      'no sample of the calm could be judged',
    ]);
  });

  it('prints a line for each invariant and the first story', () => {
    const drill = soundDrill();
    expect(printVerdict(check(drill.draft, DEMANDS)).at(-1)).toBe('Every invariant held.');
    drill.ledgerOf('order-a').captures = 2;
    const lines = printVerdict(check(drill.draft, DEMANDS));
    expect(lines[0]).toMatch(/^ 1 {2}one order a key +\d+ checks {2}holds$/);
    expect(lines[3]).toMatch(/^ 4 {2}one charge an order +\d+ checks {2}BROKEN \d+$/);
    expect(lines).toContain('Invariant 4, one charge an order: 2 captures');
    expect(lines.join('\n')).toContain('alice calls createOrder');
    expect(lines.at(-1)).toBe('The run has FAILED.');
  });

  it('checks ten thousand orders and finds the one that is broken', () => {
    const drill = manyOrders(MANY);
    const demands = { ...DEMANDS, orders: MANY };
    expect(findingsOf(check(drill.draft, demands))).toEqual([]);
    const broken = drill.draft.ledger[1_234];
    if (broken === undefined) throw new RangeError('there is no such order in the ledger');
    broken.refunded = 1;
    const verdict = check(drill.draft, demands);
    expect(
      verdict.invariants.filter(({ violations }) => violations.length > 0).map(({ number }) => number),
    ).toEqual([4]);
    expect(verdict.invariants[3]?.violations[0]?.story.join('\n')).toContain(broken.orderId);
  });
});

function findingsOf({ invariants }: Verdict): string[] {
  return invariants.flatMap(({ number, violations }) => violations.map(({ what }) => `${number}: ${what}`));
}

function fault({ draft }: DrillEvidence) {
  const [first] = draft.faults;
  if (first === undefined) throw new RangeError('there is no fault');
  return first;
}

function leaveEarly(drill: DrillEvidence): void {
  const [frame] = drill.frames('a resumed');
  drill.draft.frames = drill.draft.frames.filter((entry) => entry !== frame);
  drill.end('a resumed').at = 124_999;
}

function late({ draft }: DrillEvidence, lagMs: number): void {
  const [first, second] = draft.samples;
  Object.assign(first ?? {}, { lagMs });
  Object.assign(second ?? {}, { oldestPendingMs: 5_000 });
}
