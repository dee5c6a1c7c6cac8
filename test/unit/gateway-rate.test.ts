import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit } from '../../src/dev/sandbox/faults/rate-limit.js';
import { rateWindow, secondsUntilTaken } from '../../src/queue/gateway-rate.js';

const rate = fc.integer({ min: 1, max: 10_000 });

describe("the gateway rate's window", () => {
  test('lasts about 200 ms, or for the time of one request', () => {
    expect([1, 4, 20, 23, 25, 10_000].map(rateWindow)).toEqual([
      { max: 1, duration: 1_000 },
      { max: 1, duration: 250 },
      { max: 4, duration: 200 },
      { max: 5, duration: 218 },
      { max: 5, duration: 200 },
      { max: 2_000, duration: 200 },
    ]);
  });

  test('never exceeds the rate, and misses it by less than a hundredth', () => {
    fc.assert(
      fc.property(rate, (perSecond) => {
        const { max, duration } = rateWindow(perSecond);
        expect(max * 1_000).toBeLessThanOrEqual(perSecond * duration);
        expect(max * 1_000).toBeGreaterThan(perSecond * duration * 0.99);
      }),
    );
  });

  test('keeps within a token bucket of the same rate, wherever in the windows the jobs are', () => {
    const windows = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), windows, (perSecond, places) => {
        const { max, duration } = rateWindow(perSecond);
        let now = 0;
        const bucket = new RateLimit(perSecond, () => now);
        const answers = places.flatMap((place, window) =>
          Array.from({ length: max }, (_, job) => {
            // A window begins with its first job.
            now = (window + (job === 0 ? 0 : place)) * duration;
            return bucket.allows('payment_intents.create');
          }),
        );
        expect(answers).not.toContain(false);
      }),
    );
  });

  test('holds the last of the waiting jobs back until its window begins', () => {
    const window = { max: 4, duration: 200 };
    const seconds = [1, 4, 5, 8, 401].map((jobs) => secondsUntilTaken(jobs, window, 150));
    expect(seconds).toEqual([0.15, 0.15, 0.35, 0.35, 20.15]);
  });
});
