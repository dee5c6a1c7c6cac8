import { Batcher } from './batcher.js';
import { isNotConnected, isStatementRefused } from './database-errors.js';

const LIMITS = {
  // Larger statements are no cheaper per row, and fail as a whole.
  maxBatchSize: 100,
  // A batch takes a few ms, or far longer where it waits for a lock or its connection is dead.
  slowAfterMs: 25,
  // Leaves half of the pool to other statements.
  maxConcurrency: 5,
};
/** Never reached where callers are limited at their entrance: a worker has at most 1,000 jobs. */
const MAX_PENDING = 10_000;

/**
 * Combines the requests of concurrent callers into one statement. If the database refuses it, each request is run
 * alone, so that one bad request does not fail the others. A lost answer fails the whole batch.
 * @param run one statement for a list; returns one answer for each request, in the list's order
 * @param maxPending requests; the next one is rejected with a QueueFullError
 */
export function batched<Request, Answer>(
  run: (batch: readonly Request[]) => Promise<readonly Answer[]>,
  maxPending = MAX_PENDING,
): (request: Request) => Promise<Answer> {
  const runAlone = async (request: Request): Promise<Answer> => {
    const [answer] = await run([request]);
    return answer as Answer;
  };
  const batcher = new Batcher<Request, Answer>(
    async (batch) => {
      try {
        return await run(batch);
      } catch (error) {
        if (batch.length === 1 || !isStatementRefused(error)) throw error;
        return batch.map(runAlone);
      }
    },
    isNotConnected,
    { ...LIMITS, maxPending },
  );
  return (request) => batcher.submit(request);
}
