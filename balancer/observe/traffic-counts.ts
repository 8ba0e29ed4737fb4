import { Histogram, type HistogramTotals, histogramFloats, readHistograms } from "../cluster/histogram.ts";
import { classOf, statusClasses } from "../cluster/target-tally.ts";
import { type RefusalReason, refusalReasons } from "./refusal-reason.ts";

/** What became of a request: the class of its status, or that its client left. */
export const requestCodes = [...statusClasses, "client_left"] as const;

/** Float64 slots of what went to one group. */
const trafficSlots = {
  codes: 0,
  retries: 6,
  bytesIn: 7,
  bytesOut: 8,
  refusals: 9,
  duration: 9 + refusalReasons.length,
} as const;
/** How many a thread has for each group. */
export const trafficFloats = Math.ceil((trafficSlots.duration + histogramFloats) / 8) * 8;

/** How one thread counts what goes to one group. */
export class TrafficCounts {
  readonly duration: Histogram;

  constructor(
    private readonly floats: Float64Array,
    private readonly at: number,
  ) {
    this.duration = new Histogram(floats, at + trafficSlots.duration);
  }

  /** `status` as for {@link requestCodes}: 499 says that the client left. */
  ended(status: number): void {
    this.add(trafficSlots.codes + (status === 499 ? statusClasses.length : classOf(status)), 1);
  }

  retried(times: number): void {
    this.add(trafficSlots.retries, times);
  }

  refused(reason: RefusalReason): void {
    this.add(trafficSlots.refusals + refusalReasons.indexOf(reason), 1);
  }

  /** Content from clients and to them. */
  carried(bytesIn: number, bytesOut: number): void {
    this.add(trafficSlots.bytesIn, bytesIn);
    this.add(trafficSlots.bytesOut, bytesOut);
  }

  private add(slot: number, amount: number): void {
    this.floats[this.at + slot] = (this.floats[this.at + slot] ?? 0) + amount;
  }
}

/** What several threads have counted of one group's traffic. */
export interface TrafficTotals {
  /** By {@link requestCodes}. */
  readonly codes: readonly number[];
  readonly retries: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** By {@link refusalReasons}. */
  readonly refusals: readonly number[];
  readonly duration: HistogramTotals;
}

/** Puts together what threads have counted; `at`: where each one's counts begin. */
export function readTraffic(floats: Float64Array, at: readonly number[]): TrafficTotals {
  const sum = (slot: number) => at.reduce((total, from) => total + (floats[from + slot] ?? 0), 0);
  const several = (slot: number, count: number) => Array.from({ length: count }, (_, i) => sum(slot + i));
  return {
    codes: several(trafficSlots.codes, requestCodes.length),
    retries: sum(trafficSlots.retries),
    bytesIn: sum(trafficSlots.bytesIn),
    bytesOut: sum(trafficSlots.bytesOut),
    refusals: several(trafficSlots.refusals, refusalReasons.length),
    duration: readHistograms(
      floats,
      at.map((from) => from + trafficSlots.duration),
    ),
  };
}
