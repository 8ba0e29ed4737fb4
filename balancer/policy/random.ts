import { RampedDraw } from "./choose/ramped-draw.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/** Draws a target in proportion to its weight. */
export function random(context: PolicyContext): Policy {
  const byWeight = new RampedDraw(context);
  return {
    score: inFlightPerWeight,
    startsSlowly: true,
    pick: (available, _key, nowMs) => byWeight.draw(available, nowMs),
  };
}
