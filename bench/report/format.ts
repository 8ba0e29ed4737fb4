/** Milliseconds from microseconds, three significant digits below 100 and none behind the point above. */
export function ms(us: number): string {
  const value = us / 1000;
  if (value >= 100) return whole(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(durationMs < 10_000 ? 2 : 1);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Thousands apart by a narrow space, as in 12 345. */
export function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
