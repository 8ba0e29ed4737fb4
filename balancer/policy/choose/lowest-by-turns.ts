import type { Target } from "../../cluster/target.ts";
import type { LowestCost } from "./lowest-cost.ts";

/** Costs of targets that are as good as each other differ by up to so much, by chance, even when they are well known. */
const alikeRatio = 1.28;
/** Of more targets one balancer among several sees too few requests to know which are idle, or as good. */
const mostByTurns = 16;

/**
 * The target with the lowest cost; where it is idle, idle ones that may be as good, by what is known of them, take turns with it.
 * The very lowest would have all requests while there are few, and the others none by which their estimates could improve.
 */
export function lowestByTurns(targets: readonly Target[], lowestCost: LowestCost): Target | undefined {
  const best = lowestCost.of(targets);
  if (best === undefined || best.inFlightSeen > 0 || targets.length > mostByTurns) return best;
  const mostMs = best.unitCostMs * alikeRatio;
  let chosen = best;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i];
    if (target === undefined || target.inFlightSeen > 0 || target.leastUnitCostMs > mostMs) continue;
    if (target.lastChosen < chosen.lastChosen) chosen = target;
  }
  return chosen;
}
