import { expect, it } from '@jest/globals';
import { check } from '../../drills/checker/check.js';
import type { DrillEvidence } from './drill-evidence.js';
import { soundDrill } from './sound-drill.js';

/** What the sound drill fulfils. */
export const DEMANDS = { orders: 10, restWithinMs: 60_000 };

/** An invariant's number, the finding that the checker must report, and the one thing that is broken. */
export type Case = readonly [invariant: number, finding: RegExp, breakOne: (drill: DrillEvidence) => unknown];

/** One test a case: a drill in which all holds, with one thing broken, violates the right invariant. */
export function itCatches(cases: readonly Case[], make: () => DrillEvidence = soundDrill): void {
  it.each(cases)('under invariant %i: %s', (number, finding, breakOne) => {
    const drill = make();
    breakOne(drill);
    const verdict = check(drill.draft, DEMANDS);
    const broken = verdict.invariants.find((invariant) => invariant.number === number);
    expect(broken?.violations.map(({ what }) => what)).toContainEqual(expect.stringMatching(finding));
    expect(verdict.holds).toBe(false);
  });
}
