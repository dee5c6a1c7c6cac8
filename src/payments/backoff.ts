/**
 * The pause before the next attempt: exponential, capped, and with jitter over the upper half of its range, so that
 * orders that failed at the same time are not retried at the same time.
 * @param attempt the attempt that failed, from 1
 * @param random from 0 to 1 (exclusive)
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
