import { type FailureReason, failureReasons, type Outcome } from "./attempt.ts";
import { type TargetMemory, tallySlots } from "./group-memory.ts";
import { Histogram, type HistogramTotals, readHistograms } from "./histogram.ts";

/** Classes of HTTP status, as {@link TargetTally.answered} counts them. */
export const statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/**
 * What has been counted of a target for metrics: nothing here decides anything. Each thread writes what it sees, and reads
 * what all have seen.
 */
export class TargetTally {
  private readonly floats: Float64Array;
  /** Where this thread's own tally begins. */
  private readonly at: number;
  private readonly firstByte: Histogram;
  private readonly connect: Histogram;

  constructor(private readonly memory: TargetMemory) {
    const { floats, tallyAt, tallyStride, thread } = memory;
    this.floats = floats;
    this.at = tallyAt + thread * tallyStride;
    this.firstByte = new Histogram(floats, this.at + tallySlots.firstByte);
    this.connect = new Histogram(floats, this.at + tallySlots.connect);
  }

  /** An attempt has ended. */
  ended(outcome: Outcome): void {
    if (outcome.kind === "answered") {
      this.add(tallySlots.answered + classOf(outcome.status), 1);
      this.firstByte.record(outcome.firstByteMs);
    } else if (outcome.kind === "failed") {
      this.add(tallySlots.failed + failureReasons.indexOf(outcome.reason), 1);
    } else {
      this.add(tallySlots.cancelled, 1);
    }
  }

  /** Shows the trace of an attempt that was answered after `firstByteMs`; see {@link Histogram.exemplify}. */
  exemplify(firstByteMs: number, traceId: string, atMs: number): void {
    this.firstByte.exemplify(firstByteMs, traceId, atMs);
  }

  /** A connection has been established. */
  connected(tookMs: number): void {
    this.add(tallySlots.connections, 1);
    this.connect.record(tookMs);
  }

  /** An established connection is gone. */
  disconnected(): void {
    this.add(tallySlots.connections, -1);
  }

  /** So many more wait for a connection, or fewer. */
  waiting(change: number): void {
    this.add(tallySlots.waiting, change);
  }

  checked(hasPassed: boolean): void {
    this.add(hasPassed ? tallySlots.checksPassed : tallySlots.checksFailed, 1);
  }

  /** It was available, and is no more. */
  takenOut(state: "unhealthy" | "ejected"): void {
    this.add(tallySlots[state], 1);
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    const at = this.memory.tallyAt + thread * this.memory.tallyStride;
    this.floats[at + tallySlots.connections] = 0;
    this.floats[at + tallySlots.waiting] = 0;
  }

  /** Attempts that were answered with a status of this class. */
  answered(statusClass: number): number {
    return this.sum(tallySlots.answered + statusClass);
  }

  failed(reason: FailureReason): number {
    return this.sum(tallySlots.failed + failureReasons.indexOf(reason));
  }

  /** What stands in one of {@link tallySlots}, over all threads. */
  sum(slot: number): number {
    const { tallyAt, tallyStride, threadCount } = this.memory;
    let total = 0;
    for (let thread = 0; thread < threadCount; thread++)
      total += this.floats[tallyAt + thread * tallyStride + slot] ?? 0;
    return total;
  }

  /** Over all threads. */
  histogram(name: "firstByte" | "connect"): HistogramTotals {
    const { tallyAt, tallyStride, threadCount } = this.memory;
    const places = Array.from(
      { length: threadCount },
      (_, thread) => tallyAt + thread * tallyStride + tallySlots[name],
    );
    return readHistograms(this.floats, places);
  }

  private add(slot: number, amount: number): void {
    this.floats[this.at + slot] = (this.floats[this.at + slot] ?? 0) + amount;
  }
}

/** Index in {@link statusClasses}. */
export function classOf(status: number): number {
  return Math.min(statusClasses.length - 1, Math.max(0, ((status / 100) | 0) - 1));
}
