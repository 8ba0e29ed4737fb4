/**
 * An estimate of a quantile from counts by bucket, spread evenly within each, as Prometheus does in `histogram_quantile`.
 * `counts` has one more than `boundsMs`, for what lies above them all, and of that only the highest bound is known. Null when
 * nothing was counted.
 */
export function quantileMs(
  boundsMs: readonly number[],
  counts: readonly number[],
  quantile: number,
): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let left = quantile * all;
  for (const [index, upperMs] of boundsMs.entries()) {
    const count = counts[index] ?? 0;
    const lowerMs = boundsMs[index - 1] ?? 0;
    if (left <= count && count > 0) return lowerMs + ((upperMs - lowerMs) * left) / count;
    left -= count;
  }
  return boundsMs.at(-1) ?? null;
}
