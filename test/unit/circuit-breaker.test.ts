import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CircuitBreaker } from '../../src/payments/circuit-breaker/circuit-breaker.js';
import { waitFor } from '../support/wait-for.js';

const FAILURES = 3;
/** Long enough for what a test does before the pause ends, even on a busy machine. */
const PAUSE_MS = 300;

describe('CircuitBreaker', () => {
  let breaker: CircuitBreaker;
  let changes: string[];
  let random: number;

  beforeEach(() => {
    changes = [];
    random = 1;
    breaker = new CircuitBreaker(
      { maxFailures: FAILURES, pauseMs: PAUSE_MS },
      (state) => changes.push(state),
      () => random,
    );
  });

  afterEach(() => {
    breaker.stop();
  });

  function fail(times: number): void {
    for (let failure = 0; failure < times; failure += 1) breaker.failed();
  }

  /** Callers whose work runs until `end` is called; `begun` lists those that were let through. */
  function callers(count: number) {
    const begun: { readonly end: (error?: Error) => void }[] = [];
    const work = (caller: number) => () =>
      new Promise<number>((resolve, reject) => {
        begun.push({
          end: (error) => {
            if (error === undefined) resolve(caller);
            else reject(error);
          },
        });
      });
    const answers = Array.from({ length: count }, (_, caller) => breaker.run(work(caller)));
    return { begun, answers };
  }

  /** Long enough for everything that is due at once. */
  async function turns(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  }

  test('while closed, runs all work at once and returns its result or its error', async () => {
    const { begun, answers } = callers(10);
    expect(begun.length).toBe(10);
    for (const { end } of begun) end();
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expect(breaker.run(() => Promise.reject(new Error('the work')))).rejects.toThrow('the work');
    expect(changes).toEqual([]);
  });

  test('opens after a number of failures in a row, which a success resets', async () => {
    fail(FAILURES - 1);
    breaker.succeeded();
    fail(FAILURES - 1);
    expect(await breaker.run(() => Promise.resolve('passes'))).toBe('passes');
    expect(changes).toEqual([]);
    fail(1);
    expect(changes).toEqual(['open']);
    const { begun } = callers(5);
    await turns();
    expect(begun).toEqual([]);
  });

  test.each([
    [0, PAUSE_MS / 2],
    [1, PAUSE_MS],
  ])(
    'while open, starts the first trial after half to all of the pause (random %d)',
    async (value, pauseMs) => {
      random = value;
      const openedAt = performance.now();
      fail(FAILURES);
      const { begun } = callers(1);
      await waitFor('a trial', () => begun.length === 1, 5_000);
      // A timer may be a millisecond early.
      expect(performance.now() - openedAt).toBeGreaterThanOrEqual(pauseMs - 2);
      expect(performance.now() - openedAt).toBeLessThan(pauseMs + 1_000);
    },
  );

  test('runs one trial at a time, and closes for all callers when it succeeds', async () => {
    random = 0;
    fail(FAILURES);
    const { begun, answers } = callers(8);
    await waitFor('a trial', () => begun.length > 0);
    await turns();
    expect(begun.length).toBe(1);
    breaker.succeeded();
    begun[0]?.end();
    await waitFor('all', () => begun.length === 8);
    for (const { end } of begun) end();
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(changes).toEqual(['open', 'closed']);
    expect(await breaker.run(() => Promise.resolve('closed again'))).toBe('closed again');
  });

  test('stays open for another pause when a trial fails, and then tries the next caller', async () => {
    random = 0;
    fail(FAILURES);
    const { begun } = callers(3);
    await waitFor('a trial', () => begun.length === 1);
    const failedAt = performance.now();
    breaker.failed();
    begun[0]?.end();
    await turns();
    expect(begun.length).toBe(1);
    await waitFor('the next trial', () => begun.length === 2);
    expect(performance.now() - failedAt).toBeGreaterThanOrEqual(PAUSE_MS / 2 - 2);
    // It stayed open, so the change is reported once.
    expect(changes).toEqual(['open']);
  });

  test.each([undefined, new Error('no such order')])(
    'starts the next trial at once if one ends (with %s) without a call to the gateway',
    async (error) => {
      random = 0;
      fail(FAILURES);
      const { begun, answers } = callers(4);
      await waitFor('a trial', () => begun.length === 1);
      begun[0]?.end(error);
      await Promise.allSettled([answers[0]]);
      await turns();
      // Not all of them: nobody knows yet whether the gateway is back.
      expect(begun.length).toBe(2);
      expect(changes).toEqual(['open']);
    },
  );

  test('closes on the success of a request that was sent before it opened', async () => {
    fail(FAILURES);
    const { begun } = callers(4);
    await turns();
    expect(begun).toEqual([]);
    breaker.succeeded();
    await turns();
    expect(begun.length).toBe(4);
    expect(changes).toEqual(['open', 'closed']);
  });

  test('stopped while open, ends all waiting calls at once and runs no more', async () => {
    fail(FAILURES);
    const { begun, answers } = callers(5);
    breaker.stop();
    expect(await Promise.all(answers)).toEqual(Array(5).fill(undefined));
    expect(begun).toEqual([]);
    const late = await breaker.run(() => Promise.resolve('late'));
    expect(late).toBeUndefined();
  });

  test('stopped while closed, lets running work end and starts no more', async () => {
    const { begun, answers } = callers(1);
    breaker.stop();
    const late = await breaker.run(() => Promise.resolve('late'));
    expect(late).toBeUndefined();
    begun[0]?.end();
    expect(await answers[0]).toBe(0);
  });
});
