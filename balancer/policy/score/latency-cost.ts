import { isRefusal, type Outcome } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";
import type { PolicyContext } from "../policy.ts";
import { GroupLatency, steadySamples } from "./group-latency.ts";
import { GroupPenalties } from "./penalty.ts";

/** Ageing all costs is left to one choice in so many ms: a choice itself has to cost next to nothing. */
const refreshEveryMs = 10;
/** An average of exponential latencies is off by one part in √n of its samples: so many times that is allowed for. */
const standardErrors = 1.5;
/** Of fewer samples no more doubt than of so many: several balancers would all try what is slow. */
const doubtedEvidence = 5;
/** Where a forgotten target's cost stops falling: at 0 attempts in flight would count for nothing. */
const minUnitCostMs = 1e-9;

/** What the target's answer to one more attempt may be expected to cost, in ms for each unit of weight. */
export function latencyCost(target: Target): number {
  return target.nextCostMs;
}

/** Keeps {@link Target.unitCostMs} of a group's targets up to date. */
export class LatencyCosts {
  private readonly latency = new GroupLatency();
  private readonly penalties: GroupPenalties;
  private refreshedAtMs = Number.NEGATIVE_INFINITY;
  /** Attempts that have ended since then. */
  private endedSince = 0;
  private refreshedFor: readonly Target[] | undefined;
  /** Choices go to and fro between tiers: only what was never seen brings news. */
  private readonly seen = new WeakSet<readonly Target[]>();

  constructor(private readonly context: PolicyContext) {
    this.penalties = new GroupPenalties(context.targets);
  }

  /**
   * Ages the costs of all targets when it is time to, when answers tell much about a group of which little was known, or
   * when others are `available` than before: who has just come would cost nothing until then. True when it was.
   */
  refreshWhenDue(nowMs = this.context.clock.now(), available = this.refreshedFor): boolean {
    const isRecent = nowMs - this.refreshedAtMs < refreshEveryMs;
    if (isRecent && !this.isNew(available) && !this.latency.isOutdatedBy(this.endedSince)) return false;
    this.refreshedFor = available;
    if (available !== undefined) this.seen.add(available);
    this.refreshedAtMs = nowMs;
    this.endedSince = 0;
    this.latency.refresh(this.context.targets, nowMs);
    this.penalties.refresh(nowMs);
    for (const target of this.context.targets) this.update(target, nowMs);
    return true;
  }

  private isNew(available: readonly Target[] | undefined): boolean {
    return available !== this.refreshedFor && available !== undefined && !this.seen.has(available);
  }

  /** An attempt at the target has ended. */
  observe(target: Target, outcome: Outcome, nowMs: number): void {
    this.endedSince++;
    this.penalties.observe(target, outcome, nowMs);
    // What is well known changes little by one answer more, and waits for the next refresh.
    const isNews = outcome.kind !== "answered" || target.requestLatency.samples < steadySamples;
    if (isNews || isRefusal(outcome)) this.update(target, nowMs);
  }

  private update(target: Target, nowMs: number): void {
    const penaltyMs = this.penalties.penaltyMs(target, nowMs) / target.weight;
    const unitMs = this.latency.unitMs(target, nowMs);
    target.unitCostMs = Math.max(minUnitCostMs, unitMs + penaltyMs);
    target.leastUnitCostMs = unitMs * doubt(target, nowMs) + penaltyMs;
  }
}

/** What part of its estimate the target's true latency may be just as well, 0 to 1. */
function doubt({ requestLatency }: Target, nowMs: number): number {
  return Math.exp(-standardErrors / Math.sqrt(Math.max(doubtedEvidence, requestLatency.evidenceAt(nowMs))));
}
