import type { Random } from "../cluster/random.ts";
import type { Target } from "../cluster/target.ts";
import { WeightedDraw } from "./choose/weighted-draw.ts";
import type { PrequalConfig } from "./options.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { hotColdBest, hotColdWorst, ProbePool } from "./probe-pool.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/** The paper's δ: by how much the pool should gain more reports than it loses. */
const growth = 1;
/** With fewer reports than this a choice by them would herd. */
const fewestReports = 2;

/**
 * Prequal (Wydrowski et al., "Load is not what you should balance", NSDI 2024, arXiv 2312.10172): every query asks a few
 * targets how they are, and is decided by the answers that earlier ones brought.
 */
export function prequal(context: PolicyContext, config: PrequalConfig): Policy {
  const { clock, random } = context;
  const pool = new ProbePool(config.poolSize, config.probeLifeMs, config.hotQuantile);
  const blind = new WeightedDraw();
  let probesOwed = 0;
  let removalsOwed = 0;
  let removeOldest = true;
  let available: readonly Target[] = [];

  /** With few targets each one's latest report stays until the next: the paper's upkeep would empty the pool. */
  const keepsAll = () => available.length <= config.poolSize;

  const probeSome = () => {
    probesOwed += config.probesPerQuery;
    const count = Math.floor(probesOwed);
    probesOwed -= count;
    for (const target of sample(available, count, random)) context.probe(target);
  };

  const removeSome = (hotAbove: number) => {
    removalsOwed += config.removalsPerQuery;
    for (; removalsOwed >= 1; removalsOwed--) {
      const removed = removeOldest ? pool.reports[0] : hotColdWorst(pool.reports, hotAbove);
      removeOldest = !removeOldest;
      if (removed !== undefined) pool.remove(removed);
    }
  };

  return {
    score: inFlightPerWeight,

    pick(nowAvailable) {
      available = nowAvailable;
      pool.dropExpired(clock.now());
      const hotAbove = pool.hotAbove();
      const usable = pool.reports.filter((r) => available.includes(r.target));
      const best = usable.length < fewestReports ? undefined : hotColdBest(usable, hotAbove);
      if (best !== undefined) {
        // The report does not know of the request that it attracts.
        best.inFlight++;
        best.usesLeft--;
        if (best.usesLeft <= 0 && !keepsAll()) pool.remove(best);
      }
      if (!keepsAll()) removeSome(hotAbove);
      probeSome();
      if (best !== undefined) return best.target;
      if (!blind.isPreparedFor(available)) blind.prepare(available, (target) => target.weight);
      return blind.draw(random);
    },

    observeProbe(target, report) {
      pool.add(target, report, clock.now(), uses(config, available.length, random));
    },
  };
}

/** How many queries a report may decide (the paper's b_reuse), a fraction rounded up or down at random. */
function uses(config: PrequalConfig, targetCount: number, random: Random): number {
  const gained = (1 - config.poolSize / targetCount) * config.probesPerQuery - config.removalsPerQuery;
  if (gained <= 0) return Number.POSITIVE_INFINITY;
  return Math.floor(Math.max(1, (1 + growth) / gained) + random());
}

/** `count` different targets drawn at random, all when there are no more (Floyd's algorithm). */
function sample(targets: readonly Target[], count: number, random: Random): Set<Target> {
  const drawn = new Set<Target>();
  for (let last = Math.max(0, targets.length - count); last < targets.length; last++) {
    const candidate = targets[Math.floor(random() * (last + 1))];
    const fallback = targets[last];
    if (candidate !== undefined && !drawn.has(candidate)) drawn.add(candidate);
    else if (fallback !== undefined) drawn.add(fallback);
  }
  return drawn;
}
