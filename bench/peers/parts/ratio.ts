/** Of an even number of values, the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/**
 * The median over the rounds of one row's figure divided by the other's in the same round: what the machine did to
 * both in a round falls out. NaN without rounds.
 */
export function medianRatio<Round>(
  of: readonly Round[],
  to: readonly Round[],
  figure: (round: Round) => number,
): number {
  if (of.length !== to.length) throw new Error(`found ${of.length} and ${to.length} rounds, expected pairs`);
  return median(
    of.flatMap((round, index) => {
      const other = to[index];
      return other === undefined ? [] : [figure(round) / figure(other)];
    }),
  );
}
