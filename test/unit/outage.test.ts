import { expect, test } from '@jest/globals';
import { outageBegins } from '../../src/platform/observability/outage.js';

test('an outage begins with the first error, and again with the first one after a quiet period', () => {
  let now = 0;
  const begins = outageBegins(1_000, () => now);
  const at = (ms: number) => {
    now = ms;
    return begins();
  };
  expect([0, 10, 900, 1_800, 2_800].map(at)).toEqual([true, false, false, false, false]);
  expect([3_801, 3_900].map(at)).toEqual([true, false]);
});
