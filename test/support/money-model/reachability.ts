/**
 * Searches backward from the goals.
 * @param goals for each node, whether it is one
 * @returns the first node from which no goal can be reached; undefined where there is none
 */
export function firstCutOff(
  goals: readonly boolean[],
  { from, to }: { readonly from: readonly number[]; readonly to: readonly number[] },
): number | undefined {
  const sources = groupByTarget(goals.length, from, to);
  const reached = [...goals];
  const queue = goals.flatMap((isGoal, node) => (isGoal ? [node] : []));
  for (const target of queue)
    for (const source of sources(target)) {
      if (reached[source] === true) continue;
      reached[source] = true;
      queue.push(source);
    }
  const cutOff = reached.indexOf(false);
  return cutOff < 0 ? undefined : cutOff;
}

/** The sources of each target's edges, side by side in one array: a list for each node would cost ten times as much. */
function groupByTarget(nodes: number, from: readonly number[], to: readonly number[]) {
  const starts = new Int32Array(nodes + 2);
  for (const target of to) starts[target + 2] = (starts[target + 2] ?? 0) + 1;
  for (let node = 2; node < starts.length; node += 1)
    starts[node] = (starts[node] ?? 0) + (starts[node - 1] ?? 0);
  const grouped = new Int32Array(to.length);
  to.forEach((target, edge) => {
    const place = starts[target + 1] ?? 0;
    grouped[place] = from[edge] ?? 0;
    starts[target + 1] = place + 1;
  });
  return (target: number) => grouped.subarray(starts[target], starts[target + 1]);
}
