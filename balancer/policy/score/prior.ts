import type { Target } from "../../cluster/target.ts";

/** So that no single answer decides a target's fate. */
export const minPriorSamples = 1;
/** However alike the targets seem: one that turns slow has to be told from the others soon. */
const maxPriorSamples = 10;
/** Below what a clock resolves; its logarithm would say nothing. */
const shortestMs = 0.001;

/**
 * How many samples of a target's own the group's mean is worth: the variance of one sample over that between the targets, both of
 * logarithms (empirical Bayes). Averages of equal targets differ by chance alone, those of unlike ones by much more. The variance of
 * one sample is taken for 1, that of an exponential time to a factor of 1.6.
 */
export function priorSamples(targets: readonly Target[], nowMs: number): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  let chance = 0;
  for (const { requestLatency, weight } of targets) {
    const { averageMs, averageInFlight = 1 } = requestLatency;
    const samples = requestLatency.evidenceAt(nowMs);
    if (averageMs === undefined || samples < 1) continue;
    const unit = Math.log(Math.max(shortestMs, averageMs) / Math.cbrt(averageInFlight / weight) / weight);
    count++;
    sum += unit;
    squares += unit * unit;
    chance += 1 / samples;
  }
  if (count < 2) return minPriorSamples;
  const between = (squares - (sum * sum) / count) / (count - 1) - chance / count;
  return between * maxPriorSamples <= 1 ? maxPriorSamples : Math.max(minPriorSamples, 1 / between);
}
