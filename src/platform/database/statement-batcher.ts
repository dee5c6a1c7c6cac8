import { Batcher } from './batcher.js';
import { isNotConnected, isStatementRefused } from './database-errors.js';

const LIMITS = {
  // More rows in a statement save nothing more, and fail together.
  batchSize: 100,
  // A batch takes some milliseconds; one that waits for a lock, or whose connection is dead, takes far longer.
  patienceMs: 25,
  // Slow ones leave half of the pool to the others.
  concurrency: 5,
};
/** Never reached by those who are limited where they come in: a worker has 1,000 jobs at most. */
const MAX_PENDING = 10_000;

/**
 * Makes one statement of those of concurrent callers. What the database refuses for one of them is not the others'
 * fault: each is then run alone. Where an answer is lost, it is lost for all of the batch.
 * @param run a single statement for a list; its answers in the list's order
 * @param pendingAtMost callers under way; the next one is refused with a QueueFullError
 */
export function batched<Request, Answer>(
  run: (batch: readonly Request[]) => Promise<readonly Answer[]>,
  pendingAtMost = MAX_PENDING,
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
    { ...LIMITS, pending: pendingAtMost },
  );
  return (request) => batcher.submit(request);
}
