/** The results in the order of `values`, at most `atOnce` at a time. @throws the first error */
export async function inParallel<Value, Result>(
  atOnce: number,
  values: readonly Value[],
  ask: (value: Value) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = values.entries();
  const lane = async () => {
    // All lanes take from the same iterator.
    for (const [index, value] of waiting) results[index] = await ask(value);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, values.length) }, lane));
  return results;
}
