import { describe, expect, test } from '@jest/globals';
import { RateLimit } from '../../src/dev/sandbox/faults/rate-limit.js';

describe("the sandbox's rate limit", () => {
  test("serves a burst of one second's requests, and then one request per interval", () => {
    let now = 1_000;
    const limit = new RateLimit(25, () => now);
    const serves = (requests: number) =>
      Array.from({ length: requests }, () => limit.allows('payment_intents.create')).filter(Boolean).length;
    expect(serves(40)).toBe(25);
    now += 39;
    expect(serves(1)).toBe(0);
    now += 1;
    expect(serves(2)).toBe(1);
    now += 400;
    expect(serves(40)).toBe(10);
    now += 60_000;
    expect(serves(40)).toBe(25);
  });

  test('counts each endpoint on its own', () => {
    const limit = new RateLimit(1, () => 0);
    expect(limit.allows('payment_intents.create')).toBe(true);
    expect(limit.allows('payment_intents.create')).toBe(false);
    expect(limit.allows('payment_intents.confirm')).toBe(true);
  });
});
