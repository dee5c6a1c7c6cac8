import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls until the answer is neither undefined nor false.
 * @throws with `what` and the last error after `timeoutMs`
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    await delay(20);
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: lastError });
}
