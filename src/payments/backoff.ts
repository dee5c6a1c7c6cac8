/**
 * The pause before the next attempt: exponential, capped, and spread over the upper half of its range, so
 * that orders which failed together don't come back together.
 * @param attempt the attempt that failed, from 1
 * @param random from 0 (inclusive) to 1
 * @returns ms
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("equal jitter")
 */
export function backoffMs(
  attempt: number,
  limits: { readonly baseMs: number; readonly capMs: number },
  random: number,
): number {
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
