import type { SlowStart } from "./slow-start.ts";
import type { Target } from "./target.ts";

/**
 * Slow start for policies that know nothing of it: a target that ramps up may be chosen only as often as its growing part of
 * an equal share by weight allows. Which of those who may then is, is for the policy. Each thread lets in for its own choices.
 */
export class RampGate {
  private looked: readonly Target[] = [];
  /** Of those looked at last: who has its full share, and who ramps up. */
  private full: readonly Target[] = [];
  private ramping: readonly Target[] = [];
  private fullWeight = 0;
  /** When another one has its full share. */
  private holdsUntilMs = Number.POSITIVE_INFINITY;
  /** Choices that a target has gained and not used; only of those that ramp up. */
  private readonly gained = new WeakMap<Target, number>();

  constructor(private readonly slowStart: SlowStart) {}

  /** Those of the targets that may be chosen now; the very array where no target ramps up, or all do. */
  admit(targets: readonly Target[], nowMs: number): readonly Target[] {
    if (targets !== this.looked || nowMs >= this.holdsUntilMs) this.look(targets, nowMs);
    // Who is new among none but new ones has to serve all the same.
    if (this.ramping.length === 0 || this.full.length === 0) return targets;
    const admitted = this.gain(nowMs);
    return admitted.length === 0 ? this.full : [...this.full, ...admitted];
  }

  /** The target has been chosen. */
  took(target: Target): void {
    if (this.ramping.length === 0) return;
    const gained = this.gained.get(target);
    if (gained !== undefined) this.gained.set(target, gained - 1);
  }

  private look(targets: readonly Target[], nowMs: number): void {
    this.looked = targets;
    this.holdsUntilMs = Number.POSITIVE_INFINITY;
    const full: Target[] = [];
    const ramping: Target[] = [];
    for (const target of targets) {
      const endsAtMs = this.slowStart.endsAtMs(target);
      if (nowMs >= endsAtMs) full.push(target);
      else {
        ramping.push(target);
        this.holdsUntilMs = Math.min(this.holdsUntilMs, endsAtMs);
      }
    }
    this.full = full;
    this.ramping = ramping;
    this.fullWeight = full.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** One more choice: each that ramps up gains its part of it. Those who have gained a whole one. */
  private gain(nowMs: number): Target[] {
    let total = this.fullWeight;
    for (const target of this.ramping) total += this.slowStart.shareOf(target, nowMs) * target.weight;
    return this.ramping.filter((target) => {
      const part = (this.slowStart.shareOf(target, nowMs) * target.weight) / total;
      // What is not used is no reason for a flood later on.
      const gained = Math.min(1, this.gained.get(target) ?? 0) + part;
      this.gained.set(target, gained);
      return gained >= 1;
    });
  }
}
