import type { FailureReason, Outcome } from "./attempt.ts";
import type { StreakCause, StreakLimits } from "./outlier/rules.ts";
import { reachedLimit, streaksAfter } from "./outlier/streaks.ts";
import { isAvailable, type Target } from "./target.ts";

/** What real traffic says of a target that may decide on its state. */
export type Finding =
  | { readonly kind: "answered" }
  /** Often enough in a row; `reason` is that of the last. */
  | { readonly kind: "failed"; readonly reason: FailureReason }
  /** So often in a row that it may be an outlier. */
  | { readonly kind: "outlier"; readonly cause: StreakCause };

/** Told of a finding in the thread that made it. */
export type FindingListener = (target: Target, finding: Finding) => void;

/** Failures in a row, over all threads, that are worth telling. */
export interface TrafficLimits {
  /** Of attempts without an answer, and of checks. */
  readonly unhealthyAfter: number;
  /** Undefined where there is no ejection. */
  readonly streaks?: StreakLimits | undefined;
}

/**
 * Passive health: counts what real traffic meets where all threads see it, and tells only of what may change a target's
 * state. A good answer from a healthy target costs a look at memory that its choice has looked at.
 */
export class TrafficWatch {
  constructor(
    private readonly limits: TrafficLimits,
    private readonly tell: FindingListener,
  ) {}

  /**
   * An answer of any status shows that the target is there; what the client gave up shows nothing. Nor does a failure of an
   * attempt that began before the target came back: `startedAtMs`.
   */
  observe(target: Target, outcome: Outcome, startedAtMs = Number.POSITIVE_INFINITY): void {
    if (outcome.kind === "answered") {
      if (target.failuresInRow !== 0) target.failuresInRow = 0;
      if (outcome.status >= 500) this.failed(target, outcome, startedAtMs);
      else if (target.streaks !== 0) target.streaks = 0;
      if (target.state === "unknown") this.tell(target, { kind: "answered" });
    } else if (outcome.kind === "failed" && startedAtMs >= target.availableSinceMs) {
      target.passesInRow = 0;
      const isEnough = target.addFailureInRow() >= this.limits.unhealthyAfter;
      this.failed(target, outcome, startedAtMs);
      // In panic an attempt finds what checks have not found yet.
      const isLost = outcome.reason === "connect" && !target.isUnreachable;
      if (isEnough && (isAvailable(target.state) || isLost))
        this.tell(target, { kind: "failed", reason: outcome.reason });
    }
  }

  /** What has been told begins anew, so that a target that may not be ejected is not told of with every failure. */
  private failed(target: Target, failure: Outcome, startedAtMs: number): void {
    const { streaks: limits } = this.limits;
    if (limits === undefined || startedAtMs < target.availableSinceMs) return;
    let cause: StreakCause | undefined;
    for (let isDone = false; !isDone; ) {
      const before = target.streaks;
      const after = streaksAfter(before, failure);
      cause = isAvailable(target.state) ? reachedLimit(after, limits) : undefined;
      isDone = target.swapStreaks(before, cause === undefined ? after : 0);
    }
    if (cause !== undefined) this.tell(target, { kind: "outlier", cause });
  }
}
