import { describe, expect, test } from '@jest/globals';
import { retryRolledBack } from '../../src/platform/database/retry-rolled-back.js';

function conflict(code: string): Error {
  return Object.assign(new Error('driver'), { code });
}

/** Fails with these errors, one a call, and then succeeds. */
function failing(...errors: Error[]) {
  const left = [...errors];
  const calls = { count: 0 };
  const work = async (): Promise<string> => {
    calls.count += 1;
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
  return { work, calls };
}

describe('retryRolledBack', () => {
  test('runs the work once if it succeeds', async () => {
    const { work, calls } = failing();
    expect(await retryRolledBack(work)).toBe('done');
    expect(calls.count).toBe(1);
  });

  test.each(['40001', '40P01'])('runs the work again after SQLSTATE %s', async (code) => {
    const { work, calls } = failing(conflict(code), conflict(code));
    expect(await retryRolledBack(work)).toBe('done');
    expect(calls.count).toBe(3);
  });

  test('throws the last conflict after four attempts', async () => {
    const conflicts = Array.from({ length: 5 }, () => conflict('40P01'));
    const { work, calls } = failing(...conflicts);
    await expect(retryRolledBack(work)).rejects.toBe(conflicts[3]);
    expect(calls.count).toBe(4);
  });

  test.each([
    ['a lost answer: the work may have been done', new Error('Connection terminated unexpectedly')],
    ['a terminated connection', conflict('57P01')],
    ['a statement of unknown completion', conflict('40003')],
    ['a constraint violation', conflict('23505')],
  ])('does not repeat %s', async (_, error) => {
    const { work, calls } = failing(error);
    await expect(retryRolledBack(work)).rejects.toBe(error);
    expect(calls.count).toBe(1);
  });
});
