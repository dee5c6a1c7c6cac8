/** @param {number[]} values @param {number} share from 0 to 1 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** @param {number[]} values */
export function median(values) {
  return percentile(values, 0.5);
}

/** Three significant digits, as many as the noise of a shared machine leaves. */
export function short(value) {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
