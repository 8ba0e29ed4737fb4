import type { Outcome } from "./attempt.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Group } from "./group.ts";
import type { Random } from "./random.ts";
import type { Target } from "./target.ts";

export interface HealthRules {
  /** Between two checks of a target. */
  readonly intervalMs: number;
  /** Checks in a row that bring a target in. */
  readonly healthyAfter: number;
  /** Failures in a row, of checks or of real traffic, that take a target out. */
  readonly unhealthyAfter: number;
}

/** What a check found; `latencyMs` undefined when it says nothing of how busy the target is. */
export type CheckResult =
  | { readonly kind: "passed"; readonly latencyMs: number | undefined }
  | { readonly kind: "failed"; readonly fault: string };

/** Checks one target; `done` is called exactly once, in bounded time. */
export type Check = (target: Target, done: (result: CheckResult) => void) => void;

/** Told of every change of a target's state; `why` is a line for people. */
export type StateListener = (target: Target, why: string) => void;

/** Checks are spread by this share of the interval, so that balancers don't check in step. */
const jitter = 0.1;

interface Record {
  passesInRow: number;
  failuresInRow: number;
  timer: Timer | undefined;
}

/**
 * Decides which targets take traffic: by active checks at an interval, and passively by what real
 * traffic meets. A target that real traffic has taken out comes back by checks alone, or, where
 * there are none, is tried again after an interval.
 */
export class HealthMonitor {
  private readonly records = new Map<Target, Record>();
  private isStopped = false;

  constructor(
    private readonly group: Group,
    private readonly rules: HealthRules,
    /** Undefined for passive health alone. */
    private readonly check: Check | undefined,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly onChange: StateListener,
  ) {
    for (const target of group.targets) {
      this.records.set(target, { passesInRow: 0, failuresInRow: 0, timer: undefined });
    }
  }

  /** Checks every target at once and then at the interval. */
  start(): void {
    if (this.check !== undefined) for (const target of this.group.targets) this.runCheck(target);
  }

  stop(): void {
    this.isStopped = true;
    for (const record of this.records.values()) record.timer?.cancel();
  }

  /** What real traffic met at a target. An answer of any status shows that it is there. */
  observe(target: Target, outcome: Outcome): void {
    if (outcome.kind === "answered") {
      const record = this.recordOf(target);
      record.failuresInRow = 0;
      if (target.state === "unknown") this.change(target, "healthy", "answered a request");
    } else if (outcome.kind === "failed") {
      this.failed(target, `request failed: ${outcome.reason}`, false);
    }
  }

  private runCheck(target: Target): void {
    this.check?.(target, (result) => {
      if (this.isStopped) return;
      if (result.kind === "passed") {
        if (result.latencyMs !== undefined) this.group.recordProbe(target, result.latencyMs);
        this.passed(target);
      } else {
        this.failed(target, `check failed: ${result.fault}`, target.state === "unknown");
      }
      const spread = 1 + jitter * (2 * this.random() - 1);
      this.recordOf(target).timer = this.clock.after(this.rules.intervalMs * spread, () =>
        this.runCheck(target),
      );
    });
  }

  private passed(target: Target): void {
    const record = this.recordOf(target);
    record.failuresInRow = 0;
    record.passesInRow++;
    // The first check after the start decides alone: nothing speaks against the target yet.
    const isEnough = target.state === "unknown" || record.passesInRow >= this.rules.healthyAfter;
    if (isEnough && (target.state === "unknown" || target.state === "unhealthy")) {
      this.change(target, "healthy", "check passed");
    }
  }

  /** `isDecisive`: one failure is enough, whatever the rules say. */
  private failed(target: Target, why: string, isDecisive: boolean): void {
    const record = this.recordOf(target);
    record.passesInRow = 0;
    record.failuresInRow++;
    const isEnough = isDecisive || record.failuresInRow >= this.rules.unhealthyAfter;
    if (!isEnough || (target.state !== "healthy" && target.state !== "unknown")) return;
    this.change(target, "unhealthy", why);
    if (this.check !== undefined) return;
    record.timer = this.clock.after(this.rules.intervalMs, () => {
      // On probation: one more failure is enough.
      record.failuresInRow = this.rules.unhealthyAfter - 1;
      if (target.state === "unhealthy") this.change(target, "unknown", "tried again");
    });
  }

  private change(target: Target, state: "healthy" | "unhealthy" | "unknown", why: string): void {
    this.group.setState(target, state);
    this.onChange(target, why);
  }

  private recordOf(target: Target): Record {
    const record = this.records.get(target);
    if (record === undefined) throw new Error(`target ${target.id} is not of group ${this.group.name}`);
    return record;
  }
}
