import { expect, test } from '@jest/globals';
import { outageBegins } from '../../src/platform/observability/outage.js';

test('the first error begins an outage, and so does the first one after a quiet time', () => {
  let now = 0;
  const begins = outageBegins(1_000, () => now);
  const at = (ms: number) => {
    now = ms;
    return begins();
  };
  expect([0, 10, 900, 1_800, 2_800].map(at)).toEqual([true, false, false, false, false]);
  expect([3_801, 3_900].map(at)).toEqual([true, false]);
});
