import { median } from "../peers/parts/ratio.ts";

/** What has become of a figure over time. */
export interface Trend {
  /** How many times its begin it is at its end. */
  readonly growth: number;
  /** How likely figures without any trend look so much like growth, from 0 to 1. */
  readonly chance: number;
}

/**
 * The trend of figures above 0, in the order in which they were taken. A few wild ones don't matter: the chance is that of
 * the Mann-Kendall test, which only counts which of two is larger (Mann, Econometrica 13, 1945), and the growth the larger
 * of Theil and Sen's line through the logarithms (Sen, JASA 63, 1968), which sees what grows slowly, and the medians of the
 * first and last third, which see a step.
 */
export function trendOf(figures: readonly number[]): Trend {
  const logarithms = figures.map(Math.log);
  const slopes = pairs(logarithms).map(({ earlier, later, distance }) => (later - earlier) / distance);
  const third = Math.ceil(figures.length / 3);
  const line = median(slopes) * (figures.length - 1);
  const step = median(logarithms.slice(-third)) - median(logarithms.slice(0, third));
  return { growth: Math.exp(Math.max(line, step)), chance: chanceOfRise(figures) };
}

/** One-sided, by the normal approximation, ties taken into account. */
function chanceOfRise(figures: readonly number[]): number {
  const rises = pairs(figures).reduce((sum, { earlier, later }) => sum + Math.sign(later - earlier), 0);
  const spread = (count: number) => count * (count - 1) * (2 * count + 5);
  const ties = [...Map.groupBy(figures, (figure) => figure).values()].map(({ length }) => length);
  const variance = (spread(figures.length) - ties.reduce((sum, count) => sum + spread(count), 0)) / 18;
  // Ranks move by two at once: the correction for continuity is one.
  return variance === 0 ? 1 : upperTail((rises - 1) / Math.sqrt(variance));
}

function pairs(figures: readonly number[]): { earlier: number; later: number; distance: number }[] {
  return figures.flatMap((later, index) =>
    figures.slice(0, index).map((earlier, before) => ({ earlier, later, distance: index - before })),
  );
}

/** The chance of a standard normal variable above `z`, to 1e-7 (Abramowitz and Stegun, 26.2.17). */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
