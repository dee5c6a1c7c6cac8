/**
 * The same question, asked once for all who ask while its answer is on the way: however many ask, whoever is
 * asked gets one question at a time. Nothing is remembered.
 */
export function singleFlight<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
