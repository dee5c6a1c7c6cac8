/**
 * For errors that repeat: the returned function is called on each, and is true for the first of an outage, so that
 * each outage is logged once.
 * @param quietMs errors within this time of each other belong to one outage
 */
export function outageBegins(quietMs: number, now: () => number = () => performance.now()): () => boolean {
  let lastAt = -Infinity;
  return () => {
    const begins = now() - lastAt > quietMs;
    lastAt = now();
    return begins;
  };
}
