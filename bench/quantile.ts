/** Nearest rank, of values in ascending order; NaN when there is nothing to rank. */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)] ?? Number.NaN;
}
