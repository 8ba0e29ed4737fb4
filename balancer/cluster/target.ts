import type { Outcome } from "./attempt.ts";
import type { CostTable } from "./cost-table.ts";
import {
  countSlots,
  estimateSlots,
  privateGroupMemory,
  type TargetMemory,
  targetMemory,
  valueSlots,
} from "./group-memory.ts";
import { LatencyEstimate } from "./latency.ts";
import { LoadReport } from "./load-report.ts";
import { EjectionRecord } from "./outlier/ejection-record.ts";
import { RefusalRecord } from "./refusal-record.ts";
import { TargetCounts } from "./target-counts.ts";
import { TargetTally } from "./target-tally.ts";

/**
 * - `unknown`: not checked yet; takes traffic, so that a group without health checks works at once
 * - `healthy`: takes traffic
 * - `unhealthy`: failed its checks; takes none
 * - `ejected`: taken out for a while because of its answers to real traffic
 * - `draining`: takes no new traffic, finishes what it has
 */
export type TargetState = "unknown" | "healthy" | "unhealthy" | "ejected" | "draining";

/** Where a target stands among the others of its group. */
export interface TargetPlace {
  /** Lower ones are used first. */
  readonly priority: number;
  readonly zone: string | undefined;
}

const anywhere: TargetPlace = { priority: 0, zone: undefined };

/** As their places in memory say: a new target is `unknown`. */
export const targetStates: readonly TargetState[] = [
  "unknown",
  "healthy",
  "unhealthy",
  "ejected",
  "draining",
];

/** In the state's place in memory, beside the state. */
const unreachableBit = 8;

/** Whether targets in this state are given new traffic. */
export function isAvailable(state: TargetState): boolean {
  return state === "healthy" || state === "unknown";
}

/**
 * One address that requests are sent to, with all that is known of it. Owned by its group. Its numbers stand in memory
 * that the same target's objects in other threads may look at too.
 */
export class Target {
  /** Latency of real traffic. */
  readonly requestLatency: LatencyEstimate;
  /** Latency of health probes: kept apart, a probe is no request. */
  readonly probeLatency: LatencyEstimate;
  readonly loadReport: LoadReport;
  readonly refusals: RefusalRecord;
  readonly tally: TargetTally;
  readonly ejection: EjectionRecord;
  /** What {@link unitCostMs} may be just as well, by what is known of the target: at most as much. */
  leastUnitCostMs = 0;
  /**
   * Number of the group's choice that last fell on this target, 0 for none: ties go to the lowest. Of this thread's choices,
   * unless threads choose in turns.
   */
  lastChosen = 0;
  private unitMs = 0;
  /** Where {@link nextCostMs} stands: beside others', or by itself. */
  private costsMs = new Float64Array(1);
  private costAt = 0;
  private costTable: CostTable | undefined;
  private readonly counts: TargetCounts;
  private readonly ints: Int32Array;
  private readonly floats: Float64Array;
  private readonly countsAt: number;
  private readonly valuesAt: number;

  constructor(
    /** Unique in its group. */
    readonly id: string,
    /** Scheme, host and port, such as `http://10.0.1.10:8000`. */
    readonly url: string,
    weight: number,
    /**
     * {@link Clock.now} at which it last became available; undefined where `memory` says that already, and the weight too.
     */
    availableSinceMs: number | undefined,
    decayMs: number,
    readonly memory: TargetMemory = targetMemory(privateGroupMemory(1), 0),
    /** {@link Group.setPlace} alone changes it. */
    public place: TargetPlace = anywhere,
  ) {
    const { ints, floats, estimatesAt } = memory;
    this.ints = ints;
    this.floats = floats;
    this.countsAt = memory.countsAt;
    this.valuesAt = memory.valuesAt;
    this.counts = new TargetCounts(memory);
    this.requestLatency = new LatencyEstimate(decayMs, floats, estimatesAt + estimateSlots.requestLatency);
    this.probeLatency = new LatencyEstimate(decayMs, floats, estimatesAt + estimateSlots.probeLatency);
    this.loadReport = new LoadReport(floats, estimatesAt + estimateSlots.loadReport);
    this.refusals = new RefusalRecord(floats, estimatesAt + estimateSlots.refusals);
    this.tally = new TargetTally(memory);
    this.ejection = new EjectionRecord(floats, estimatesAt + estimateSlots.ejection);
    if (availableSinceMs === undefined) return;
    this.setValue(valueSlots.availableSinceMs, availableSinceMs);
    this.weight = weight;
  }

  /** Share of traffic relative to the others of the group; > 0. */
  get weight(): number {
    return this.value(valueSlots.weight);
  }

  /** For {@link Group.setWeight} alone. */
  set weight(weight: number) {
    this.setValue(valueSlots.weight, weight);
  }

  get state(): TargetState {
    const stored = Atomics.load(this.ints, this.countsAt + countSlots.state);
    return targetStates[stored & ~unreachableBit] ?? "unknown";
  }

  /** For {@link Group.setState} alone. */
  set state(state: TargetState) {
    Atomics.store(this.ints, this.countsAt + countSlots.state, targetStates.indexOf(state));
  }

  /** Has it, since its state last changed, not even taken a connection? */
  get isUnreachable(): boolean {
    return (Atomics.load(this.ints, this.countsAt + countSlots.state) & unreachableBit) !== 0;
  }

  /** For {@link Group.setUnreachable} alone. */
  set isUnreachable(isUnreachable: boolean) {
    const at = this.countsAt + countSlots.state;
    if (isUnreachable) Atomics.or(this.ints, at, unreachableBit);
    else Atomics.and(this.ints, at, ~unreachableBit);
  }

  /** Attempts begun and not ended, counted from the choice on, in all threads. */
  get inFlight(): number {
    return this.counts.inFlight;
  }

  /** The same as a choice knows it: see {@link TargetCounts.inFlightSeen}. */
  get inFlightSeen(): number {
    return this.counts.inFlightSeen;
  }

  /** What each attempt in flight costs, in ms. For the latency score, which each thread works out for itself. */
  get unitCostMs(): number {
    return this.unitMs;
  }

  set unitCostMs(ms: number) {
    this.unitMs = ms;
    this.countCost();
  }

  /** What one more attempt would cost: {@link unitCostMs} for each in flight, and for itself. */
  get nextCostMs(): number {
    return this.costsMs[this.costAt] ?? 0;
  }

  /** For {@link CostTable} alone: from now on the cost stands there. */
  moveCost(table: CostTable, at: number): void {
    table.costsMs[at] = this.nextCostMs;
    if (this.costTable !== undefined) this.costTable.isWhole = false;
    this.costTable = table;
    this.costsMs = table.costsMs;
    this.costAt = at;
  }

  /** Attempts begun so far. */
  get begun(): number {
    return this.counts.requests + this.counts.inFlight;
  }

  /** Attempts ended, whatever their outcome. */
  get requests(): number {
    return this.counts.requests;
  }

  /** Attempts that ended without an answer, or with a 5xx. */
  get failures(): number {
    return this.counts.failures;
  }

  /** What a weighted turn has left, or is owed. */
  get credit(): number {
    return this.value(valueSlots.credit);
  }

  set credit(credit: number) {
    this.setValue(valueSlots.credit, credit);
  }

  /** {@link Clock.now} at which it last became available. */
  get availableSinceMs(): number {
    return this.value(valueSlots.availableSinceMs);
  }

  /** {@link Clock.now} from which on slow start counts; 0 for a target that was there from the start. */
  get rampedFromMs(): number {
    return this.floats[this.memory.estimatesAt + estimateSlots.rampedFromMs] ?? 0;
  }

  /** It is new to its group, or comes back: slow start begins. */
  rampFrom(nowMs: number): void {
    this.floats[this.memory.estimatesAt + estimateSlots.rampedFromMs] = Math.max(nowMs, Number.MIN_VALUE);
  }

  /** Checks passed in a row. */
  get passesInRow(): number {
    return Atomics.load(this.ints, this.countsAt + countSlots.passesInRow);
  }

  set passesInRow(passes: number) {
    Atomics.store(this.ints, this.countsAt + countSlots.passesInRow, passes);
  }

  /** Failures in a row, of checks or of real traffic. */
  get failuresInRow(): number {
    return Atomics.load(this.ints, this.countsAt + countSlots.failuresInRow);
  }

  set failuresInRow(failures: number) {
    Atomics.store(this.ints, this.countsAt + countSlots.failuresInRow, failures);
  }

  /** Rows of failures of real traffic, as `outlier/streaks.ts` reads them; 0 when the last answer was good. */
  get streaks(): number {
    return this.ints[this.countsAt + countSlots.streaks] ?? 0;
  }

  set streaks(streaks: number) {
    Atomics.store(this.ints, this.countsAt + countSlots.streaks, streaks);
  }

  /** Replaces `from` unless another thread was first; tells whether it did. */
  swapStreaks(from: number, to: number): boolean {
    return Atomics.compareExchange(this.ints, this.countsAt + countSlots.streaks, from, to) === from;
  }

  /** One more; returns how many are in a row now, over all threads. */
  addFailureInRow(): number {
    return Atomics.add(this.ints, this.countsAt + countSlots.failuresInRow, 1) + 1;
  }

  /** Takes over what other threads have in flight, for the choices to come. */
  lookAtOthers(): void {
    this.counts.lookAtOthers();
    this.countCost();
  }

  /** For threads that choose in turns: whose turn it is after the choices of all. */
  takeOverTurn(): void {
    this.lastChosen = this.value(valueSlots.lastChosen);
  }

  /** {@link lastChosen}, for the other threads to take over. */
  handOverTurn(): void {
    this.setValue(valueSlots.lastChosen, this.lastChosen);
  }

  /** An attempt begins; returns how many are in flight, itself included. */
  begin(): number {
    const inFlight = this.counts.begin();
    this.countCost();
    return inFlight;
  }

  /** An attempt that this thread began has ended. */
  end(outcome: Outcome): void {
    this.counts.end(outcome);
    this.countCost();
    this.tally.ended(outcome);
  }

  /** Ends what a thread that is no more had in flight. */
  endAllOf(thread: number): void {
    this.counts.endAllOf(thread);
    this.tally.closeAllOf(thread);
  }

  /** It takes traffic again: what was known of it may no longer hold. */
  returned(nowMs: number): void {
    this.setValue(valueSlots.availableSinceMs, nowMs);
    this.rampFrom(nowMs);
    this.requestLatency.reset();
    this.loadReport.forget();
  }

  /** The group's estimates forget at another pace from now on. */
  setDecay(decayMs: number): void {
    this.requestLatency.decayMs = decayMs;
    this.probeLatency.decayMs = decayMs;
  }

  private countCost(): void {
    this.costsMs[this.costAt] = this.unitMs * (this.counts.inFlightSeen + 1);
  }

  private value(slot: number): number {
    return this.floats[this.valuesAt + slot] ?? 0;
  }

  private setValue(slot: number, value: number): void {
    this.floats[this.valuesAt + slot] = value;
  }
}
