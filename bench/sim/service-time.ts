import type { Random } from "../../balancer/cluster/random.ts";

export const serviceTimes = ["exponential", "constant", "lognormal", "pareto"] as const;
export type ServiceTimeName = (typeof serviceTimes)[number];

/** Of the logarithm: the p99 is 6.2 × the mean. */
const sigma = 1;
/** The variance is finite, the third moment is not. */
const paretoShape = 2.5;

/** Draws a service time of mean 1. */
export function drawServiceTime(name: ServiceTimeName, random: Random): number {
  switch (name) {
    case "constant":
      return 1;
    case "exponential":
      return standardExponential(random);
    case "lognormal":
      return Math.exp(sigma * (standardNormal(random) - sigma / 2));
    case "pareto":
      return ((paretoShape - 1) / paretoShape) * (1 - random()) ** (-1 / paretoShape);
  }
}

export function standardExponential(random: Random): number {
  return -Math.log(1 - random());
}

/** Box-Muller: two independent exponential and uniform draws make a normal one. */
function standardNormal(random: Random): number {
  return Math.sqrt(2 * standardExponential(random)) * Math.cos(2 * Math.PI * random());
}
