import type { Target } from "../cluster/target.ts";
import { WeightedDraw } from "./choose/weighted-draw.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

const byWeight = (target: Target) => target.weight;

/** Draws a target in proportion to its weight. */
export function random(context: PolicyContext): Policy {
  const weighted = new WeightedDraw();
  return {
    score: inFlightPerWeight,
    pick(available) {
      if (!weighted.isPreparedFor(available)) weighted.prepare(available, byWeight);
      return weighted.draw(context.random);
    },
  };
}
