import { CostTable } from "../../cluster/cost-table.ts";
import type { Target } from "../../cluster/target.ts";
import { latencyCost } from "../score/latency-cost.ts";
import { lowest } from "./lowest.ts";

/** {@link lowest} by {@link latencyCost}, from a {@link CostTable} where the same targets are chosen from again and again. */
export class LowestCost {
  private table: CostTable | undefined;
  /** Choices go to and fro between tiers, each of which has a list of its own. */
  private readonly tables = new WeakMap<readonly Target[], CostTable>();
  private listBefore: readonly Target[] | undefined;

  /** The target with the lowest cost, among equals the one that was chosen longest ago; undefined of none. */
  of(targets: readonly Target[]): Target | undefined {
    if (this.table?.targets !== targets) this.table = this.tables.get(targets);
    if (this.table?.isWhole === true) return this.table.lowest();
    // A list that is made for one choice is not worth a table, and would take its targets out of the one that is.
    if (targets === this.listBefore) this.tables.set(targets, new CostTable(targets));
    this.listBefore = targets;
    return lowest(targets, latencyCost);
  }
}
