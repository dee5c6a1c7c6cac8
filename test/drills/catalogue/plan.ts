import type { Random } from '../../support/random.js';
import type { Plan } from './fault.js';

/** The shortest and the longest duration, in milliseconds. */
export type Range = readonly [leastMs: number, mostMs: number];

/** The plan of a fault that touches one of these programs or servers only. */
export function planFor(targets: readonly string[], [leastMs, mostMs]: Range): (random: Random) => Plan {
  return (random) => {
    const target = random.pick(targets);
    return { target, durationMs: random.integer(leastMs, mostMs), claims: [target] };
  };
}
