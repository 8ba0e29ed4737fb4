import type { SlowStart } from "./slow-start.ts";
import type { Target } from "./target.ts";

/**
 * Slow start for policies that know nothing of it: a target that ramps up may be chosen only as often as its growing part of
 * an equal share by weight allows. Which of those who may then is, is for the policy. Each thread lets in for its own choices.
 */
export class RampGate {
  private looked: readonly Target[] = [];
  /** Until then some of the targets looked at last may ramp up. */
  private rampsUntilMs = Number.NEGATIVE_INFINITY;
  /** Choices that a target has gained and not used; only of those that ramp up. */
  private readonly gained = new WeakMap<Target, number>();

  constructor(private readonly slowStart: SlowStart) {}

  /** Those of the targets that may be chosen now; the very array where no target ramps up, or all do. */
  admit(targets: readonly Target[], nowMs: number): readonly Target[] {
    if (targets !== this.looked) this.look(targets);
    return nowMs >= this.rampsUntilMs ? targets : this.admitted(targets, nowMs);
  }

  /** The target has been chosen. */
  took(target: Target): void {
    const gained = this.gained.get(target);
    if (gained !== undefined) this.gained.set(target, gained - 1);
  }

  private look(targets: readonly Target[]): void {
    this.looked = targets;
    this.rampsUntilMs = Number.NEGATIVE_INFINITY;
    for (const target of targets)
      this.rampsUntilMs = Math.max(this.rampsUntilMs, this.slowStart.endsAtMs(target));
  }

  private admitted(targets: readonly Target[], nowMs: number): readonly Target[] {
    let total = 0;
    let full = 0;
    for (const target of targets) {
      const share = this.slowStart.shareOf(target, nowMs);
      total += share * target.weight;
      if (share === 1) full++;
    }
    // Who is new among none but new ones has to serve all the same.
    if (full === 0) return targets;
    return targets.filter((target) => {
      const share = this.slowStart.shareOf(target, nowMs);
      if (share === 1) return true;
      const gained = Math.min(1, (this.gained.get(target) ?? 0) + (share * target.weight) / total);
      this.gained.set(target, gained);
      return gained >= 1;
    });
  }
}
