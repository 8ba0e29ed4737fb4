import type { Target } from "../cluster/target.ts";
import { lowest } from "./choose/lowest.ts";
import type { Policy } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

const byTurns = (target: Target) => target.lastChosen;

/** Each target in turn. Turns belong to the targets: those that come or go do not upset the others' order. */
export function roundRobin(): Policy {
  return { pick: (available) => lowest(available, byTurns), score: inFlightPerWeight, isOrdered: true };
}
