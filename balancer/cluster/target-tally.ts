import { type FailureReason, failureReasons, type Outcome } from "./attempt.ts";
import { type TargetMemory, tallySlots } from "./group-memory.ts";
import { Histogram, type HistogramTotals, readHistograms } from "./histogram.ts";
import { ThreadRows } from "./thread-rows.ts";

/** Classes of HTTP status, as {@link TargetTally.answered} counts them. */
export const statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/**
 * What has been counted of a target for metrics: nothing here decides anything. Each thread writes what it sees, and reads
 * what all have seen.
 */
export class TargetTally {
  private readonly rows: ThreadRows;
  private readonly firstByte: Histogram;
  private readonly connect: Histogram;

  constructor(private readonly memory: TargetMemory) {
    const { floats, tallyAt, tallyStride, threadCount, thread } = memory;
    this.rows = new ThreadRows(floats, tallyAt, tallyStride, threadCount, thread);
    const at = tallyAt + thread * tallyStride;
    this.firstByte = new Histogram(floats, at + tallySlots.firstByte);
    this.connect = new Histogram(floats, at + tallySlots.connect);
  }

  /** An attempt has ended. */
  ended(outcome: Outcome): void {
    if (outcome.kind === "answered") {
      this.rows.add(tallySlots.answered + classOf(outcome.status), 1);
      this.firstByte.record(outcome.firstByteMs);
    } else if (outcome.kind === "failed") {
      this.rows.add(tallySlots.failed + failureReasons.indexOf(outcome.reason), 1);
    } else {
      this.rows.add(tallySlots.cancelled, 1);
    }
  }

  /** Shows the trace of an attempt that was answered after `firstByteMs`; see {@link Histogram.exemplify}. */
  exemplify(firstByteMs: number, traceId: string, atMs: number): void {
    this.firstByte.exemplify(firstByteMs, traceId, atMs);
  }

  /** A connection has been established. */
  connected(tookMs: number): void {
    this.rows.add(tallySlots.connections, 1);
    this.connect.record(tookMs);
  }

  /** An established connection is gone. */
  disconnected(): void {
    this.rows.add(tallySlots.connections, -1);
  }

  /** So many more wait for a connection, or fewer. */
  waiting(change: number): void {
    this.rows.add(tallySlots.waiting, change);
  }

  checked(hasPassed: boolean): void {
    this.rows.add(hasPassed ? tallySlots.checksPassed : tallySlots.checksFailed, 1);
  }

  /** It was available, and is no more. */
  takenOut(state: "unhealthy" | "ejected"): void {
    this.rows.add(tallySlots[state], 1);
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    this.rows.clear(thread, tallySlots.connections);
    this.rows.clear(thread, tallySlots.waiting);
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
    return this.rows.sum(slot);
  }

  /** Over all threads. */
  histogram(name: "firstByte" | "connect"): HistogramTotals {
    const { tallyAt, tallyStride, threadCount } = this.memory;
    const places = Array.from(
      { length: threadCount },
      (_, thread) => tallyAt + thread * tallyStride + tallySlots[name],
    );
    return readHistograms(this.memory.floats, places);
  }
}

/** Index in {@link statusClasses}. */
export function classOf(status: number): number {
  return Math.min(statusClasses.length - 1, Math.max(0, ((status / 100) | 0) - 1));
}
