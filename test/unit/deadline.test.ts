import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DeadlineExceededError, withTimeout } from '../../src/platform/with-timeout.js';

describe('withTimeout', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('resolves with the result of the work, and leaves no timer behind', async () => {
    expect(await withTimeout(1_000, 'the work', Promise.resolve('done'))).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('rejects with the error of the work, and leaves no timer behind', async () => {
    await expect(withTimeout(1_000, 'the work', Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(jest.getTimerCount()).toBe(0);
  });

  test('rejects at the deadline and not before, and names what took too long', async () => {
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

  test('ignores an error of the work after the deadline', async () => {
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const given = expect(withTimeout(10, 'the work', work)).rejects.toThrow(DeadlineExceededError);
    await jest.advanceTimersByTimeAsync(10);
    await given;
    // Unhandled, this rejection would end the process.
    fail(new Error('too late'));
  });
});
