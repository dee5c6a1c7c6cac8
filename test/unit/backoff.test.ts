import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from '../../src/payments/backoff.js';

const limits = fc
  .record({ baseMs: fc.integer({ min: 1, max: 10_000 }), capMs: fc.integer({ min: 1, max: 600_000 }) })
  .filter(({ baseMs, capMs }) => baseMs <= capMs);
const attempt = fc.integer({ min: 1, max: 10_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** The highest value of Math.random(). */
const ALMOST_1 = 1 - 2 ** -53;

describe('backoffMs', () => {
  test('doubles its range with every attempt, up to the cap', () => {
    const settings = { baseMs: 500, capMs: 15_000 };
    const pauses = [1, 2, 3, 4, 5, 6, 7, 100].map((number) => backoffMs(number, settings, ALMOST_1));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  test('is spread over the upper half of the range', () => {
    const settings = { baseMs: 1_000, capMs: 60_000 };
    expect([0, 0.25, 0.5, ALMOST_1].map((value) => backoffMs(1, settings, value))).toEqual([
      500, 625, 750, 1_000,
    ]);
    expect([0, ALMOST_1].map((value) => backoffMs(3, settings, value))).toEqual([2_000, 4_000]);
  });

  test('is a whole number between half of baseMs and capMs for any input', () => {
    fc.assert(
      fc.property(attempt, limits, random, (number, settings, value) => {
        const pause = backoffMs(number, settings, value);
        expect(Number.isInteger(pause)).toBe(true);
        expect(pause).toBeGreaterThanOrEqual(Math.floor(settings.baseMs / 2));
        expect(pause).toBeLessThanOrEqual(settings.capMs);
      }),
    );
  });

  test('never decreases from one attempt to the next for the same random number', () => {
    fc.assert(
      fc.property(attempt, limits, random, (number, settings, value) => {
        expect(backoffMs(number + 1, settings, value)).toBeGreaterThanOrEqual(
          backoffMs(number, settings, value),
        );
      }),
    );
  });

  test('never decreases with a higher random number', () => {
    fc.assert(
      fc.property(attempt, limits, random, random, (number, settings, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(backoffMs(number, settings, less)).toBeLessThanOrEqual(backoffMs(number, settings, more));
      }),
    );
  });
});
