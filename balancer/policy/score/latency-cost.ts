import { isRefusal, type Outcome } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";
import type { PolicyContext } from "../policy.ts";
import { GroupLatency } from "./group-latency.ts";
import { GroupPenalties } from "./penalty.ts";

/** Ageing all costs is left to one choice in so many ms: a choice itself has to cost next to nothing. */
const refreshEveryMs = 10;
/** So many samples in a row hold an estimate steady until the next refresh. */
const wellKnownSamples = 20;
/** Where the ramp of slow start begins, as a part of the full share. */
const firstShare = 0.1;
/** Where a forgotten target's cost stops falling: at 0 attempts in flight would count for nothing. */
const minUnitCostMs = 1e-9;

/** What the target's answer to one more attempt may be expected to cost, in ms for each unit of weight. */
export function latencyCost(target: Target): number {
  return target.unitCostMs * (target.inFlight + 1);
}

/** Keeps {@link Target.unitCostMs} of a group's targets up to date. */
export class LatencyCosts {
  private readonly latency = new GroupLatency();
  private readonly penalties: GroupPenalties;
  private refreshedAtMs = Number.NEGATIVE_INFINITY;
  private refreshedFor: readonly Target[] | undefined;

  constructor(
    private readonly context: PolicyContext,
    private readonly slowStartMs: number,
  ) {
    this.penalties = new GroupPenalties(context.targets);
  }

  /**
   * Ages the costs of all targets when it is time to, or when others are `available` than before: who has just come would
   * cost nothing until then. True when it was.
   */
  refreshWhenDue(nowMs = this.context.clock.now(), available = this.refreshedFor): boolean {
    if (nowMs - this.refreshedAtMs < refreshEveryMs && available === this.refreshedFor) return false;
    this.refreshedFor = available;
    this.refreshedAtMs = nowMs;
    this.latency.refresh(this.context.targets, nowMs);
    this.penalties.refresh(nowMs);
    for (const target of this.context.targets) this.update(target, nowMs);
    return true;
  }

  /** An attempt at the target has ended. */
  observe(target: Target, outcome: Outcome, nowMs: number): void {
    this.penalties.observe(target, outcome, nowMs);
    // What is well known changes little by one answer more, and waits for the next refresh.
    const isNews = outcome.kind !== "answered" || target.requestLatency.samples < wellKnownSamples;
    if (isNews || isRefusal(outcome)) this.update(target, nowMs);
  }

  private update(target: Target, nowMs: number): void {
    const penaltyMs = this.penalties.penaltyMs(target, nowMs) / target.weight;
    const costMs = Math.max(minUnitCostMs, this.latency.unitMs(target, nowMs) + penaltyMs);
    target.unitCostMs = costMs / this.share(target, nowMs);
  }

  /** The part of its full share that a target gets so long after it came (back). */
  private share(target: Target, nowMs: number): number {
    const sinceMs = nowMs - target.availableSinceMs;
    return sinceMs >= this.slowStartMs ? 1 : Math.max(firstShare, sinceMs / this.slowStartMs);
  }
}
