import { Batcher } from './batcher.js';
import { isNotConnected, isStatementRefused } from './database-errors.js';

const LIMITS = {
  // More rows in a statement save nothing more, and fail together.
  batchSize: 50,
  // A batch takes some milliseconds; one that waits for a row's lock takes far longer.
  patienceMs: 25,
  // Locked rows may hold up so many batches, and the pool has connections left.
  concurrency: 4,
  // Never reached: the callers are a worker's jobs, 1,000 at most, and requests, which are limited where they come in.
  pending: 10_000,
};

/**
 * Makes one statement of those of concurrent callers. What the database refuses for one of them is not the others'
 * fault: each is then run alone. Where an answer is lost, it is lost for all of the batch.
 * @param run a single statement for a list; its answers in the list's order
 */
export function together<Request, Answer>(
  run: (batch: readonly Request[]) => Promise<readonly Answer[]>,
): (request: Request) => Promise<Answer> {
  const alone = async (request: Request): Promise<Answer> => {
    const [answer] = await run([request]);
    return answer as Answer;
  };
  const batcher = new Batcher<Request, Answer>(
    async (batch) => {
      try {
        return await run(batch);
      } catch (error) {
        if (batch.length === 1 || !isStatementRefused(error)) throw error;
        return batch.map(alone);
      }
    },
    isNotConnected,
    LIMITS,
  );
  return (request) => batcher.submit(request);
}
