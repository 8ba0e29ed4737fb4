/** Of an even number of values, the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The median of {@link ratios}. NaN without turns. */
export function medianRatio<Slice>(
  of: readonly Slice[],
  to: readonly Slice[],
  figure: (slice: Slice) => number,
): number {
  return median(ratios(of, to, figure));
}

/** Of each turn, one row's figure divided by the other's: what the machine did to both in a turn falls out. */
export function ratios<Slice>(
  of: readonly Slice[],
  to: readonly Slice[],
  figure: (slice: Slice) => number,
): number[] {
  if (of.length !== to.length) throw new Error(`found ${of.length} and ${to.length} slices, expected pairs`);
  return of.flatMap((slice, index) => {
    const other = to[index];
    return other === undefined ? [] : [figure(slice) / figure(other)];
  });
}
