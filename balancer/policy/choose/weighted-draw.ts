import type { Random } from "../../cluster/random.ts";
import type { Target } from "../../cluster/target.ts";

/** Draws targets at random in proportion to a quantity that is looked at once and then kept. */
export class WeightedDraw {
  /** Running totals of the quantity over `targets`. */
  private totals = new Float64Array(0);
  private targets: readonly Target[] = [];

  /** Takes the targets and their quantities (> 0) as they are now. */
  prepare(targets: readonly Target[], quantity: (target: Target) => number): void {
    if (this.totals.length < targets.length) this.totals = new Float64Array(targets.length);
    let total = 0;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i];
      if (target === undefined) break;
      total += quantity(target);
      this.totals[i] = total;
    }
    this.targets = targets;
  }

  /** Whether these are the targets prepared last. */
  isPreparedFor(targets: readonly Target[]): boolean {
    return this.targets === targets;
  }

  /** Undefined only when there are no targets. */
  draw(random: Random): Target | undefined {
    const last = this.targets.length - 1;
    const wanted = random() * (this.totals[last] ?? 0);
    let low = 0;
    let high = Math.max(0, last);
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.totals[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return this.targets[low];
  }
}
