const colours = 10;

/** The colour of a group's target number `index`, as a CSS value that has a light and a dark shade. */
export function seriesColour(index: number): string {
  return `var(--series-${(index % colours) + 1})`;
}
