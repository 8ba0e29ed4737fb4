import type { Target } from "../cluster/target.ts";
import { lowest } from "./choose/lowest.ts";
import type { WeightedRoundRobinConfig } from "./options.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/** Each target in turn, as often as its weight says: in a row (3:5 is A A A B B B B B), or spread evenly. */
export function weightedRoundRobin(context: PolicyContext, config: WeightedRoundRobinConfig): Policy {
  return { pick: config.smooth ? smooth() : inARow(context.targets), score: inFlightPerWeight };
}

/** Deficit round robin (Shreedhar and Varghese, 1995): what a fractional weight leaves over counts at the next turn. */
function inARow(targets: readonly Target[]): Policy["pick"] {
  // Every turn must be good for at least one choice.
  const turnPerWeight = 1 / Math.min(1, ...targets.map((t) => t.weight));
  const left = new Map<Target, number>();
  let current: Target | undefined;
  const waiting = (target: Target) => (target === current ? Number.POSITIVE_INFINITY : target.lastChosen);

  return (available) => {
    if (current === undefined || (left.get(current) ?? 0) < 1 || !available.includes(current)) {
      current = lowest(available, waiting);
      if (current === undefined) return undefined;
      left.set(current, (left.get(current) ?? 0) + current.weight * turnPerWeight);
    }
    left.set(current, (left.get(current) ?? 0) - 1);
    return current;
  };
}

/**
 * nginx's smooth weighted round robin: each choice every target gains its weight, the richest is chosen
 * and pays what all have gained.
 */
function smooth(): Policy["pick"] {
  const credit = new Map<Target, number>();
  return (available) => {
    let total = 0;
    let richest: Target | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const target of available) {
      const owned = (credit.get(target) ?? 0) + target.weight;
      credit.set(target, owned);
      total += target.weight;
      if (owned > most) {
        most = owned;
        richest = target;
      }
    }
    if (richest !== undefined) credit.set(richest, most - total);
    return richest;
  };
}
