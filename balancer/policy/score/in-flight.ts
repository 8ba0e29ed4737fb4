import type { Target } from "../../cluster/target.ts";

/** Attempts in flight, the one to come included, for each unit of weight. */
export function inFlightPerWeight(target: Target): number {
  return (target.inFlightSeen + 1) / target.weight;
}
