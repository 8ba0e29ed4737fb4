import type { Clock, Timer } from "../clock.ts";
import type { Group } from "../group.ts";
import type { Random } from "../random.ts";
import { isAvailable, type Target } from "../target.ts";
import { isStreakByChance, latencyOutliers, type Sample, successRateOutliers } from "./compare.ts";
import type { EjectionCause, LatencyRules, OutlierRules, StreakCause, SuccessRateRules } from "./rules.ts";
import { streaksOnTrial } from "./streaks.ts";
import { TrafficWindow } from "./traffic-window.ts";

/** What ejection needs of the one who watches over health. */
export interface EjectionWays {
  readonly change: (target: Target, state: "ejected" | "unknown", why: string) => void;
  /** Checks the target now, where there are checks. */
  readonly checkNow: ((target: Target) => void) | undefined;
}

/** A target that has just come back is compared so many times as often, on so many times fewer requests. */
const looksAtTrials = 10;

/** What is remembered of a target that was ejected, or is slow. */
interface History {
  /** How many times the base time the last ejection took. */
  multiplier: number;
  /** The ejection's end, while it lasts. */
  end: Timer | undefined;
  returnedAtMs: number;
  /** Has it just come back? Until a good answer, one failure is enough to eject it again. */
  isOnTrial: boolean;
  slowSinceMs: number | undefined;
}

/**
 * Takes out targets that do unlike the others, for a time that grows, and has them come back by a check: Envoy's outlier
 * detection. For the one thread that watches over health.
 */
export class OutlierDetector {
  private readonly window = new TrafficWindow();
  private readonly records = new WeakMap<Target, History>();
  private looking: Timer | undefined;
  private looks = 0;

  constructor(
    private readonly group: Group,
    private readonly rules: OutlierRules,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly ways: EjectionWays,
  ) {}

  /** Compares the targets at the interval from now on, and those that have just come back more often. */
  start(): void {
    this.looks++;
    this.looking = this.clock.after(this.rules.intervalMs / looksAtTrials, () => {
      if (this.looks % looksAtTrials === 0) this.sweep();
      else this.judgeTrials();
      this.start();
    });
  }

  stop(): void {
    this.looking?.cancel();
    for (const target of this.group.targets) this.forget(target);
  }

  /** Ends what is planned for a target that leaves. */
  forget(target: Target): void {
    this.records.get(target)?.end?.cancel();
    this.records.delete(target);
  }

  /** A row of the target's failures is long enough. */
  take(target: Target, cause: StreakCause): void {
    if (!isAvailable(target.state)) return;
    const record = this.recordOf(target);
    const own = this.window.longSample(target);
    const isFirst = record.isOnTrial && own.failures === own.requests;
    const length = isFirst ? 1 : this.rules.streaks[cause];
    const requests = isFirst ? 1 : own.requests;
    const others = this.group.targets.filter((t) => t !== target).map((t) => this.window.longSample(t));
    if (isStreakByChance(length, requests, others)) return;
    this.eject(target, cause, `${length} ${streakNames[cause]}${length === 1 ? "" : " in a row"}`);
  }

  /** Whether the target has been ejected for long enough, so that a check decides. */
  isOver(target: Target): boolean {
    return this.records.get(target)?.end === undefined;
  }

  /** It takes traffic again; what it did before no longer counts. */
  returned(target: Target): void {
    const record = this.recordOf(target);
    record.returnedAtMs = this.clock.now();
    record.isOnTrial = true;
    record.slowSinceMs = undefined;
    target.streaks = streaksOnTrial(this.rules.streaks);
    this.window.restart(target);
  }

  private sweep(): void {
    const { successRate, latency } = this.rules;
    const targets = this.available();
    for (const target of targets) this.forgive(target);
    const samples = targets.map((target) => this.window.sample(target));
    if (successRate !== undefined) this.compareRates(samples, successRate);
    if (latency !== undefined) this.compareLatencies(samples, latency);
    this.window.turn(this.group.targets);
  }

  /** Whether those that have just come back fail again: waiting for the whole interval would give them all of it each time. */
  private judgeTrials(): void {
    const { successRate } = this.rules;
    const targets = this.available();
    const isOnTrial = (target: Target) => this.records.get(target)?.isOnTrial === true;
    if (successRate === undefined || !targets.some(isOnTrial)) return;
    const samples = targets.map((target) => this.window.longSample(target));
    const requestVolume = successRate.requestVolume / looksAtTrials;
    this.compareRates(samples, { ...successRate, requestVolume }, isOnTrial);
  }

  private compareRates(
    samples: readonly Sample<Target>[],
    rules: SuccessRateRules,
    mayEject: (target: Target) => boolean = () => true,
  ): void {
    for (const { target, rate, othersRate } of successRateOutliers(samples, rules))
      if (mayEject(target))
        this.eject(
          target,
          "successRate",
          `success rate ${percent(rate)}, the others' ${percent(othersRate)}`,
        );
  }

  private available(): Target[] {
    return this.group.targets.filter((target) => isAvailable(target.state));
  }

  private compareLatencies(samples: readonly Sample<Target>[], latency: LatencyRules): void {
    const nowMs = this.clock.now();
    const slow = latencyOutliers(samples, latency);
    for (const { target } of samples)
      if (!slow.some((outlier) => outlier.target === target)) this.recordOf(target).slowSinceMs = undefined;
    for (const { target, latencyMs, othersMs } of slow) {
      const record = this.recordOf(target);
      record.slowSinceMs ??= nowMs;
      if (nowMs - record.slowSinceMs >= latency.forMs)
        this.eject(
          target,
          "latency",
          `takes ${latencyMs.toFixed(1)} ms, the others ${othersMs.toFixed(1)} ms`,
        );
    }
  }

  /** An interval without ejection makes the next one shorter. */
  private forgive(target: Target): void {
    const record = this.records.get(target);
    if (record === undefined || this.clock.now() - record.returnedAtMs < this.rules.intervalMs) return;
    record.isOnTrial = false;
    record.multiplier = Math.max(0, record.multiplier - 1);
  }

  private eject(target: Target, cause: EjectionCause, why: string): void {
    if (!this.hasRoom()) return;
    const record = this.recordOf(target);
    const { baseEjectionMs, maxEjectionMs, jitterMs } = this.rules;
    if (record.multiplier === 0 || record.multiplier * baseEjectionMs < maxEjectionMs) record.multiplier++;
    const wantedMs = Math.min(record.multiplier * baseEjectionMs, Math.max(baseEjectionMs, maxEjectionMs));
    const forMs = wantedMs + this.random() * jitterMs;
    target.ejection.ejected(this.clock.now() + forMs, cause);
    record.end = this.clock.after(forMs, () => this.over(target, record));
    this.ways.change(target, "ejected", `${why}: for ${(forMs / 1000).toFixed(1)} s`);
  }

  private over(target: Target, record: History): void {
    record.end = undefined;
    if (target.state !== "ejected") return;
    if (this.ways.checkNow !== undefined) this.ways.checkNow(target);
    else {
      this.returned(target);
      this.ways.change(target, "unknown", "ejection is over: tried again");
    }
  }

  /** Whether one more may be ejected; the last one available never is. */
  private hasRoom(): boolean {
    const members = this.group.targets.filter(({ state }) => state !== "draining");
    const ejected = members.filter(({ state }) => state === "ejected").length;
    const available = members.filter(({ state }) => isAvailable(state)).length;
    const { maxEjectedShare } = this.rules;
    const most = maxEjectedShare === 0 ? 0 : Math.max(1, Math.floor(maxEjectedShare * members.length));
    return ejected < most && available > 1;
  }

  private recordOf(target: Target): History {
    let record = this.records.get(target);
    if (record === undefined) {
      const returnedAtMs = Number.NEGATIVE_INFINITY;
      record = { multiplier: 0, end: undefined, returnedAtMs, isOnTrial: false, slowSinceMs: undefined };
      this.records.set(target, record);
    }
    return record;
  }
}

const streakNames: Readonly<{ [Cause in StreakCause]: string }> = {
  consecutiveLocalOriginFailure: "attempts without an answer",
  consecutiveGatewayFailure: "gateway failures",
  consecutive5xx: "server errors",
};

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
