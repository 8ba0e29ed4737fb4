import type { Target } from "../cluster/target.ts";
import { lowestByTurns } from "./choose/lowest-by-turns.ts";
import { LowestCost } from "./choose/lowest-cost.ts";
import { betterOfTwo } from "./choose/two.ts";
import { WeightedDraw } from "./choose/weighted-draw.ts";
import type { EwmaConfig } from "./options.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { LatencyCosts, latencyCost } from "./score/latency-cost.ts";

/** Up to here a look at all targets costs less than it gains. */
const mostLookedAt = 256;
const drawn = 5;

/** The lowest latency cost of all, by turns where it is quiet; of very many the lowest of five, drawn in proportion to speed. */
export function ewma(context: PolicyContext, config: EwmaConfig): Policy {
  const lowestCost = new LowestCost();
  const fast = new WeightedDraw();
  return withLatencyCosts(context, config, (available, refreshed) => {
    if (available.length <= mostLookedAt) return lowestByTurns(available, lowestCost);
    if (refreshed || !fast.isPreparedFor(available)) fast.prepare(available, speed);
    let best = fast.draw(context.random);
    for (let i = 1; i < drawn; i++) {
      const other = fast.draw(context.random);
      if (best === undefined || (other !== undefined && latencyCost(other) < latencyCost(best))) best = other;
    }
    return best;
  });
}

/** The lower latency cost of two targets drawn at random. Unstable when the targets are unlike: see docs/policies.md. */
export function p2cEwma(context: PolicyContext, config: EwmaConfig): Policy {
  return withLatencyCosts(context, config, (available) =>
    betterOfTwo(available, latencyCost, context.random),
  );
}

const speed = (target: Target) => 1 / target.unitCostMs;

/** `choose` is told whether the costs have been refreshed since its last call. */
function withLatencyCosts(
  context: PolicyContext,
  config: EwmaConfig,
  choose: (available: readonly Target[], refreshed: boolean) => Target | undefined,
): Policy {
  const costs = new LatencyCosts(context);
  return {
    latencyOn: config.on,
    pick: (available, _key, nowMs) => choose(available, costs.refreshWhenDue(nowMs, available)),
    score(target) {
      costs.refreshWhenDue();
      return latencyCost(target);
    },
    observe: (target, outcome, nowMs) => costs.observe(target, outcome, nowMs),
  };
}
