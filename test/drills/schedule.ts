import type { Fault, Plan } from './catalogue/fault.js';
import type { Random } from '../support/random.js';

export interface Step {
  /** From 0. */
  readonly number: number;
  readonly fault: Fault;
  readonly plan: Plan;
  /** The minimum time after the start of the step before it; it also waits for its claims. */
  readonly startAfterMs: number;
}

interface Drawn {
  readonly fault: Fault;
  readonly plan: Plan;
}

/** Shorter than most faults, so that two or three are active at a time. */
const SHORTEST_GAP_MS = 600;
const LONGEST_GAP_MS = 2_000;
/** A step's target differs from those of this many steps before it, if possible. */
const APART = 2;

/**
 * Endless rounds, each with every fault once, in a different order. They depend on the seed and the faults alone.
 * If a step has the same target as the one before, it waits for that one's end first: the gap is
 * for the target to recover.
 */
export function* schedule(random: Random, faults: readonly Fault[]): Generator<Step, void, undefined> {
  // Endless rounds of nothing would never yield.
  if (faults.length === 0) return;
  const latest: Plan[] = [];
  for (let number = 0; ;) {
    const round = random.shuffle(faults).map((fault) => ({ fault, plan: fault.plan(random) }));
    while (round.length > 0) {
      const drawn = takeNext(round, latest);
      const previous = latest[0];
      const waitsMs = previous !== undefined && areInConflict(drawn.plan, previous) ? previous.durationMs : 0;
      yield { number, ...drawn, startAfterMs: waitsMs + random.integer(SHORTEST_GAP_MS, LONGEST_GAP_MS) };
      number += 1;
      latest.unshift(drawn.plan);
      latest.splice(APART);
    }
  }
}

/** Removes and returns the first fault that may overlap with the latest one, or else the first. */
function takeNext(round: Drawn[], latest: readonly Plan[]): Drawn {
  const free = round.findIndex(({ plan }) => latest.every((other) => !areInConflict(plan, other)));
  const [drawn] = round.splice(Math.max(free, 0), 1);
  if (drawn === undefined) throw new RangeError('the round is over');
  return drawn;
}

/** Whether two faults may not be active at the same time. */
export function areInConflict({ claims: some }: Plan, { claims: others }: Plan): boolean {
  return some.includes('*') || others.includes('*') || some.some((claim) => others.includes(claim));
}
