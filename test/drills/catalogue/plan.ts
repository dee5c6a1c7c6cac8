import type { Random } from '../../support/random.js';
import type { Plan } from './fault.js';

/** How long, in milliseconds. */
export type Range = readonly [leastMs: number, mostMs: number];

/** For a fault that touches one of these programs or servers, and nothing else. */
export function planFor(targets: readonly string[], [leastMs, mostMs]: Range): (random: Random) => Plan {
  return (random) => {
    const target = random.pick(targets);
    return { target, durationMs: random.integer(leastMs, mostMs), claims: [target] };
  };
}
