import type { Outcome } from "./attempt.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Group } from "./group.ts";
import { OutlierDetector } from "./outlier/detector.ts";
import type { OutlierRules } from "./outlier/rules.ts";
import type { Random } from "./random.ts";
import { isAvailable, type Target, type TargetState } from "./target.ts";
import { type Finding, TrafficWatch } from "./traffic-watch.ts";

export interface HealthRules {
  /** Between two checks of a target. */
  readonly intervalMs: number;
  /** Checks in a row that bring a target in. */
  readonly healthyAfter: number;
  /** Failures in a row, of checks or of real traffic, that take a target out. */
  readonly unhealthyAfter: number;
  /** Undefined where no target is ejected. */
  readonly outliers?: OutlierRules | undefined;
}

/** What a check found; `latencyMs` undefined when it says nothing of how busy the target is. */
export type CheckResult =
  | { readonly kind: "passed"; readonly latencyMs: number | undefined }
  /** `isUnreachable`: not even a connection. */
  | { readonly kind: "failed"; readonly fault: string; readonly isUnreachable?: boolean };

/** Checks one target; `done` is called exactly once, in bounded time. */
export type Check = (target: Target, done: (result: CheckResult) => void) => void;

/** Told of every change of a target's state; `why` is a line for people. */
export type StateListener = (target: Target, why: string) => void;

/** Checks are spread by this share of the interval, so that balancers don't check in step. */
const jitter = 0.1;

/**
 * Decides which targets take traffic: by active checks at an interval, and passively by what real
 * traffic meets. A target that real traffic has taken out comes back by checks alone, or, where
 * there are none, is tried again after an interval. One that is ejected is still checked, and comes back by a
 * check when its time is over.
 */
export class HealthMonitor {
  private readonly timers = new Map<Target, Timer>();
  private readonly traffic: TrafficWatch;
  private readonly outliers: OutlierDetector | undefined;
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
    const { unhealthyAfter, outliers } = rules;
    this.traffic = new TrafficWatch({ unhealthyAfter, streaks: outliers?.streaks }, (target, finding) =>
      this.take(target, finding),
    );
    if (outliers !== undefined)
      this.outliers = new OutlierDetector(group, outliers, clock, random, {
        change: (target, state, why) => this.change(target, state, why),
        checkNow: check === undefined ? undefined : (target) => this.checkNow(target),
      });
  }

  /** Checks every target at once and then at the interval. */
  start(): void {
    for (const target of this.group.targets) this.watch(target);
    this.outliers?.start();
  }

  /** Begins to check a target that has come into the group since the start. */
  watch(target: Target): void {
    if (this.check !== undefined) this.runCheck(target);
  }

  /** Ends the checks of a target that has left the group. */
  forget(target: Target): void {
    this.timers.get(target)?.cancel();
    this.timers.delete(target);
    this.outliers?.forget(target);
  }

  stop(): void {
    this.isStopped = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.outliers?.stop();
  }

  /** What real traffic met at a target, in this thread. */
  observe(target: Target, outcome: Outcome, startedAtMs?: number): void {
    this.traffic.observe(target, outcome, startedAtMs);
  }

  /** What real traffic says of a target, in whichever thread. */
  take(target: Target, finding: Finding): void {
    if (finding.kind === "answered") {
      if (target.state === "unknown") this.change(target, "healthy", "answered a request");
    } else if (finding.kind === "failed") {
      this.takeOut(target, `request failed: ${finding.reason}`);
      if (finding.reason === "connect") this.group.setUnreachable(target, true);
    } else {
      this.outliers?.take(target, finding.cause);
    }
  }

  /** Without waiting for the interval; a check that is under way already decides as well. */
  private checkNow(target: Target): void {
    const next = this.timers.get(target);
    if (next === undefined) return;
    next.cancel();
    this.runCheck(target);
  }

  private runCheck(target: Target): void {
    this.timers.delete(target);
    this.check?.(target, (result) => {
      if (this.isStopped || !this.group.targets.includes(target)) return;
      target.tally.checked(result.kind === "passed");
      if (result.kind === "passed") {
        if (result.latencyMs !== undefined) this.group.recordProbe(target, result.latencyMs);
        this.passed(target);
      } else {
        this.failed(target, `check failed: ${result.fault}`);
        this.group.setUnreachable(target, result.isUnreachable === true);
      }
      const spread = 1 + jitter * (2 * this.random() - 1);
      this.later(target, this.rules.intervalMs * spread, () => this.runCheck(target));
    });
  }

  private passed(target: Target): void {
    this.group.setUnreachable(target, false);
    target.failuresInRow = 0;
    target.passesInRow++;
    // The first check after the start decides alone: nothing speaks against the target yet.
    const isEnough = target.state === "unknown" || target.passesInRow >= this.rules.healthyAfter;
    if (isEnough && (target.state === "unknown" || target.state === "unhealthy")) {
      this.change(target, "healthy", "check passed");
    } else if (target.state === "ejected" && this.outliers?.isOver(target) === true) {
      this.outliers.returned(target);
      this.change(target, "healthy", "ejection is over, and a check passed");
    }
  }

  private failed(target: Target, why: string): void {
    target.passesInRow = 0;
    const isEnough = target.addFailureInRow() >= this.rules.unhealthyAfter;
    if (target.state === "ejected") {
      if (this.outliers?.isOver(target) === true)
        this.change(target, "unhealthy", `ejection is over, but ${why}`);
      // The first check decides alone, here as well.
    } else if (isEnough || target.state === "unknown") this.takeOut(target, why);
  }

  private takeOut(target: Target, why: string): void {
    if (!isAvailable(target.state)) return;
    this.change(target, "unhealthy", why);
    if (this.check !== undefined) return;
    this.later(target, this.rules.intervalMs, () => {
      // On probation: one more failure is enough.
      target.failuresInRow = this.rules.unhealthyAfter - 1;
      if (target.state === "unhealthy") this.change(target, "unknown", "tried again");
    });
  }

  private change(target: Target, state: TargetState, why: string): void {
    this.group.setState(target, state);
    this.onChange(target, why);
  }

  private later(target: Target, delayMs: number, task: () => void): void {
    this.timers.set(target, this.clock.after(delayMs, task));
  }
}
