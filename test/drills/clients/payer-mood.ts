import type { Random } from '../../support/random.js';

/**
 * What a customer does when the bank asks. comes-back: authenticates, and returns to the shop. closes: authenticates, and
 * closes the page. fails: is not authenticated. claims: says that it is done, and it is not. cancels: changes its mind.
 * late: comes when the time is up. gone: never comes.
 */
export type PayerMood = 'comes-back' | 'closes' | 'fails' | 'claims' | 'cancels' | 'late' | 'gone';

const MOODS: readonly (readonly [PayerMood, share: number])[] = [
  ['comes-back', 0.35],
  ['closes', 0.1],
  ['fails', 0.1],
  ['claims', 0.1],
  ['cancels', 0.05],
  ['late', 0.15],
  ['gone', 0.15],
];

export function drawMood(random: Random): PayerMood {
  let left = random.next();
  for (const [mood, share] of MOODS) {
    if (left < share) return mood;
    left -= share;
  }
  return 'gone';
}
