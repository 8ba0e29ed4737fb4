import { lowest } from "./choose/lowest.ts";
import type { Policy } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/** The target with the fewest attempts in flight for its weight. */
export function leastConnections(): Policy {
  return { pick: (available) => lowest(available, inFlightPerWeight), score: inFlightPerWeight };
}
