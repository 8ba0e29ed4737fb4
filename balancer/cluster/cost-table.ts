import type { Target } from "./target.ts";

/**
 * The costs of some targets side by side, in the targets' order: a choice among many reads a few cache lines instead of one
 * or two for each of them. A target has its cost in one table at a time.
 */
export class CostTable {
  /** {@link Target.nextCostMs} of each; the targets themselves keep it up to date. */
  readonly costsMs: Float64Array<ArrayBuffer>;
  /** Do all of the targets still have their costs here? False for good when one has moved to another table. */
  isWhole = true;

  /** Moves the targets' costs here; the list must not change any more. */
  constructor(readonly targets: readonly Target[]) {
    this.costsMs = new Float64Array(targets.length);
    for (const [at, target] of targets.entries()) target.moveCost(this, at);
  }

  /**
   * The target with the lowest cost; among equals the one that was chosen longest ago. As `lowest` of any score, which is held
   * against it in a test; to be told of each cost by a function would take back what the table gains.
   */
  lowest(): Target | undefined {
    const { costsMs, targets } = this;
    let best: Target | undefined;
    let lowestMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < costsMs.length; at++) {
      const costMs = costsMs[at] ?? 0;
      if (costMs > lowestMs) continue;
      const target = targets[at];
      if (target === undefined) break;
      if (costMs === lowestMs && best !== undefined && target.lastChosen >= best.lastChosen) continue;
      best = target;
      lowestMs = costMs;
    }
    return best;
  }
}
