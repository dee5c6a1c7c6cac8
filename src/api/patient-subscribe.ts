import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from './public-errors.js';

/**
 * graphql's subscribe(), with one difference: an event whose fields can't be read because the database is
 * away is read again after a pause. Sent as an error, it would be missing for good.
 */
export async function patientSubscribe(
  args: ExecutionArgs,
  pauseMs: number,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const end = new AbortController();
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      const event = await events.next();
      if (event.done === true) return { done: true, value: undefined };
      const result = await read(args, event.value, pauseMs, end.signal);
      return end.signal.aborted ? { done: true, value: undefined } : { done: false, value: result };
    },
    return: async () => {
      end.abort();
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}

async function read(
  args: ExecutionArgs,
  event: unknown,
  pauseMs: number,
  end: AbortSignal,
): Promise<ExecutionResult> {
  for (;;) {
    const result = await execute({ ...args, rootValue: event });
    const unread = result.errors?.some(({ originalError }) => isUnavailable(originalError)) ?? false;
    if (!unread || end.aborted) return result;
    // It rejects where the subscriber leaves meanwhile; the next turn is then the last one.
    await delay(pauseMs, undefined, { signal: end }).catch(() => undefined);
  }
}
