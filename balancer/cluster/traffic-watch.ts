import type { FailureReason, Outcome } from "./attempt.ts";
import { isAvailable, type Target } from "./target.ts";

/** What real traffic says of a target that may decide on its state. */
export type Finding =
  | { readonly kind: "answered" }
  /** Often enough in a row; `reason` is that of the last. */
  | { readonly kind: "failed"; readonly reason: FailureReason };

/** Told of a finding in the thread that made it. */
export type FindingListener = (target: Target, finding: Finding) => void;

/**
 * Passive health: counts what real traffic meets where all threads see it, and tells only of what may change a target's
 * state. A good answer from a healthy target costs one look at memory.
 */
export class TrafficWatch {
  constructor(
    /** Failures in a row, over all threads, that are worth telling. */
    private readonly unhealthyAfter: number,
    private readonly tell: FindingListener,
  ) {}

  /** An answer of any status shows that the target is there; what the client gave up shows nothing. */
  observe(target: Target, outcome: Outcome): void {
    if (outcome.kind === "answered") {
      if (target.failuresInRow !== 0) target.failuresInRow = 0;
      if (target.state === "unknown") this.tell(target, { kind: "answered" });
    } else if (outcome.kind === "failed") {
      target.passesInRow = 0;
      const isEnough = target.addFailureInRow() >= this.unhealthyAfter;
      if (isEnough && isAvailable(target.state))
        this.tell(target, { kind: "failed", reason: outcome.reason });
    }
  }
}
