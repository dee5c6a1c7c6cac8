/** @param {number[]} values @param {number} share from 0 to 1 */
export function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** @param {number[]} values */
export function median(values) {
  return percentile(values, 0.5);
}

export function row(name, value) {
  return `${name.padEnd(46)} ${value}`;
}
