import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DeadlineExceededError, withTimeout } from '../../src/platform/with-timeout.js';

describe('within', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('answers with what the work answers, and leaves no timer behind', async () => {
    expect(await withTimeout(1_000, 'the work', Promise.resolve('done'))).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('throws what the work throws, and leaves no timer behind', async () => {
    await expect(withTimeout(1_000, 'the work', Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(jest.getTimerCount()).toBe(0);
  });

  test('gives up at the deadline and not before, saying what took so long', async () => {
    let outcome: unknown = 'open';
    const waiting = withTimeout(1_000, 'the work', new Promise(() => undefined)).catch((error: unknown) => {
      outcome = error;
    });
    await jest.advanceTimersByTimeAsync(999);
    expect(outcome).toBe('open');
    await jest.advanceTimersByTimeAsync(1);
    await waiting;
    expect(outcome).toBeInstanceOf(DeadlineExceededError);
    expect((outcome as Error).message).toBe('the work took longer than 1000 ms');
  });

  test('does not care for what the work does after the deadline', async () => {
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const given = expect(withTimeout(10, 'the work', work)).rejects.toThrow(DeadlineExceededError);
    await jest.advanceTimersByTimeAsync(10);
    await given;
    // Not taken by anyone, this would end the process.
    fail(new Error('too late'));
  });
});
