import { describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { Batcher, type BatchLimits } from '../../src/platform/database/batcher.js';
import { QueueFullError } from '../../src/platform/queue-full-error.js';
import { waitFor } from '../support/wait-for.js';

const LIMITS: BatchLimits = { maxBatchSize: 10, slowAfterMs: 60_000, maxConcurrency: 3, maxPending: 100 };

/** A batcher whose batches end when the test says so. */
function batcher(limits: Partial<BatchLimits> = {}, isGlobal: (error: unknown) => boolean = () => false) {
  const begun: { batch: readonly number[]; finish: (error?: Error) => void }[] = [];
  const work = new Batcher<number, string>(
    (batch) =>
      new Promise((resolve, reject) => {
        begun.push({
          batch,
          finish: (error) => {
            if (error === undefined) resolve(batch.map((request) => `answer ${request}`));
            else reject(error);
          },
        });
      }),
    isGlobal,
    { ...LIMITS, ...limits },
  );
  return { work, begun };
}

describe('Batcher', () => {
  test('starts a lone request at once, and batches those that arrive meanwhile, each with its own answer', async () => {
    const { work, begun } = batcher();
    const answers = [work.submit(1)];
    await turn();
    expect(begun.map(({ batch }) => batch)).toEqual([[1]]);
    answers.push(work.submit(2), work.submit(3));
    await turn();
    begun[0]?.finish();
    expect(await answers[0]).toBe('answer 1');
    await waitFor('the second batch', () => begun.length === 2);
    expect(begun[1]?.batch).toEqual([2, 3]);
    begun[1]?.finish();
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  test('limits the size of a batch', async () => {
    const { work, begun } = batcher({ maxBatchSize: 2 });
    const answers = [1, 2, 3, 4, 5].map((request) => work.submit(request));
    for (let index = 0; index < 3; index += 1) {
      await waitFor('a batch', () => begun.length > index);
      begun[index]?.finish();
    }
    await Promise.all(answers);
    expect(begun.map(({ batch }) => batch)).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('a slow batch no longer holds up the next one, up to the maximum of concurrent batches', async () => {
    const { work, begun } = batcher({ slowAfterMs: 5, maxConcurrency: 2 });
    const answers = [work.submit(1)];
    await turn();
    answers.push(work.submit(2));
    await waitFor('the second batch', () => begun.length === 2);
    answers.push(work.submit(3));
    begun[1]?.finish();
    expect(await answers[1]).toBe('answer 2');
    await waitFor('the third batch', () => begun.length === 3);
    begun[2]?.finish();
    begun[0]?.finish();
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  test('an error fails its own batch only', async () => {
    const { work, begun } = batcher();
    const failing = expect(work.submit(1)).rejects.toThrow('no');
    await turn();
    const later = work.submit(2);
    begun[0]?.finish(new Error('no'));
    await failing;
    await waitFor('the second batch', () => begun.length === 2);
    begun[1]?.finish();
    expect(await later).toBe('answer 2');
  });

  test('a global failure fails the waiting requests too, but not later ones', async () => {
    const { work, begun } = batcher({}, () => true);
    const failing = [expect(work.submit(1)).rejects.toThrow('no connection')];
    await turn();
    failing.push(expect(work.submit(2)).rejects.toThrow('no connection'));
    await turn();
    begun[0]?.finish(new Error('no connection'));
    await Promise.all(failing);
    expect(begun).toHaveLength(1);
    const later = work.submit(3);
    await turn();
    begun[1]?.finish();
    expect(await later).toBe('answer 3');
  });

  test('rejects a request over the maximum at once, and accepts one again after an answer', async () => {
    const { work, begun } = batcher({ maxPending: 2 });
    const answers = [1, 2].map((request) => work.submit(request));
    await expect(work.submit(3)).rejects.toBeInstanceOf(QueueFullError);
    await turn();
    begun[0]?.finish();
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2']);
    const fourth = work.submit(4);
    await turn();
    begun[1]?.finish();
    expect(await fourth).toBe('answer 4');
  });

  test('rejects all requests of a batch that got too few answers', async () => {
    const work = new Batcher<number, string>(
      () => Promise.resolve([]),
      () => false,
      LIMITS,
    );
    await expect(work.submit(1)).rejects.toThrow('a batch of 1 got 0 answers');
  });
});
