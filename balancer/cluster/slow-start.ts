import type { Target } from "./target.ts";

/** As Envoy's `slow_start_config`. */
export interface SlowStartRules {
  /** From a target's coming (back) to its full share. */
  readonly windowMs: number;
  /** 1 grows linearly; above, faster at first, and below, more slowly. */
  readonly aggression: number;
  /** Where it begins, 0 to 1. */
  readonly minShare: number;
}

/** Tells how much of its full share a target gets while it is new. */
export class SlowStart {
  constructor(private readonly rules: SlowStartRules) {}

  /** 0 to 1; 1 for a target that was there from the start. */
  shareOf(target: Target, nowMs: number): number {
    const { windowMs, aggression, minShare } = this.rules;
    if (nowMs >= this.endsAtMs(target)) return 1;
    const elapsed = Math.max(0, nowMs - target.rampedFromMs) / windowMs;
    return Math.max(minShare, elapsed ** (1 / aggression));
  }

  /** {@link Clock.now} from which on the target gets its full share; in the past for one that was there from the start. */
  endsAtMs(target: Target): number {
    const fromMs = target.rampedFromMs;
    return fromMs === 0 ? Number.NEGATIVE_INFINITY : fromMs + this.rules.windowMs;
  }
}
