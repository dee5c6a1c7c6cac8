import { describe, expect, test } from '@jest/globals';
import { RetryPolicy } from '../../src/payments/retry-policy.js';

const LIMITS = { maxAttempts: 3, retryBaseMs: 1_000, retryCapMs: 4_000 };
const policy = new RetryPolicy(LIMITS, () => 0);

function attempt(countedAttempts: number, number = countedAttempts) {
  return { number, countedAttempts };
}

describe('the retry policy', () => {
  test('retries after a growing pause while fewer than the maximum of attempts have failed', () => {
    expect([1, 2].map((number) => policy.decide(attempt(number), { counts: true }))).toEqual([
      { kind: 'retry', afterMs: 500 },
      { kind: 'retry', afterMs: 1_000 },
    ]);
  });

  test('gives up after the last attempt that counts', () => {
    expect(policy.decide(attempt(3), { counts: true })).toEqual({ kind: 'give-up' });
  });

  test('never gives up after a failure that does not count, and caps its pause', () => {
    expect(policy.decide(attempt(3, 50), { counts: false })).toEqual({ kind: 'retry', afterMs: 2_000 });
  });

  test('waits at least as long as the gateway asks', () => {
    const failure = { counts: true, retryAfterMs: 30_000 };
    expect(policy.decide(attempt(1), failure)).toEqual({ kind: 'retry', afterMs: 30_000 });
    expect(policy.decide(attempt(1), { ...failure, retryAfterMs: 1 })).toEqual({
      kind: 'retry',
      afterMs: 500,
    });
  });

  test('recognizes a crash loop by more than twice the maximum of attempts', () => {
    expect([1, 6, 7].map((counted) => policy.isCrashLoop(attempt(counted)))).toEqual([false, false, true]);
  });
});

describe('a failure', () => {
  const answered = { noResponse: false, isGlobal: false };
  const global = { noResponse: false, isGlobal: true };
  const noResponse = { noResponse: true, isGlobal: false };

  test.each([
    ['counts where the gateway answered about this request', answered, undefined, true],
    ['does not count where it is global', global, undefined, false],
    ['counts without a response where a ping succeeds', noResponse, undefined, true],
    ['counts without a response where the gateway answers a ping with an error', noResponse, answered, true],
    ['does not count where there is no response to a ping either', noResponse, noResponse, false],
    ['does not count without a response where a ping fails globally', noResponse, global, false],
  ])('%s', (_, error, pingError, counts) => {
    expect(policy.countsTowardsLimit(error, pingError)).toBe(counts);
  });
});
