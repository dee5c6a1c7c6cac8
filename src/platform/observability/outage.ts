/**
 * For errors that repeat: tells whether this one begins an outage, so that each outage is told once.
 * @param quietMs errors that follow each other within this time belong to one outage
 */
export function outageBegins(quietMs: number, now: () => number = () => performance.now()): () => boolean {
  let lastAt = -Infinity;
  return () => {
    const begins = now() - lastAt > quietMs;
    lastAt = now();
    return begins;
  };
}
