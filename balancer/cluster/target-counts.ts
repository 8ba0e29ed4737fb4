import { isFailure, type Outcome } from "./attempt.ts";
import { rowSlots, type TargetMemory } from "./group-memory.ts";

/**
 * A target's attempts. Each thread counts its own, in a row that it alone writes: a counter that all threads wrote with every
 * attempt would be their busiest memory. So a choice goes by what the others had in flight when this thread last looked.
 * It reads its row itself: by way of `ThreadRows` a choice among 64 targets takes twice as long.
 */
export class TargetCounts {
  private readonly floats: Float64Array;
  /** Where this thread's own row begins. */
  private readonly rowAt: number;
  /** In flight of the other threads, when this one last looked. */
  private othersInFlight = 0;

  constructor(private readonly memory: TargetMemory) {
    this.floats = memory.floats;
    this.rowAt = this.rowOf(memory.thread);
  }

  /** Attempts begun and not ended, counted from the choice on; of other threads as {@link lookAtOthers} found it. */
  get inFlightSeen(): number {
    return (this.floats[this.rowAt + rowSlots.inFlight] ?? 0) + this.othersInFlight;
  }

  /** The same, of all threads at this moment. */
  get inFlight(): number {
    return this.sum(rowSlots.inFlight);
  }

  /** Attempts ended, whatever their outcome. */
  get requests(): number {
    return this.sum(rowSlots.requests);
  }

  /** Attempts that ended without an answer, or with a 5xx. */
  get failures(): number {
    return this.sum(rowSlots.failures);
  }

  lookAtOthers(): void {
    this.othersInFlight = this.inFlight - (this.floats[this.rowAt + rowSlots.inFlight] ?? 0);
  }

  /** An attempt begins; returns how many are in flight, itself included. */
  begin(): number {
    this.add(this.rowAt, rowSlots.inFlight, 1);
    return this.inFlightSeen;
  }

  /** An attempt that this thread began has ended. */
  end(outcome: Outcome): void {
    this.add(this.rowAt, rowSlots.inFlight, -1);
    this.add(this.rowAt, rowSlots.requests, 1);
    if (isFailure(outcome)) this.add(this.rowAt, rowSlots.failures, 1);
  }

  /** Ends what a thread that is no more had in flight. */
  endAllOf(thread: number): void {
    const rowAt = this.rowOf(thread);
    const lost = this.floats[rowAt + rowSlots.inFlight] ?? 0;
    this.add(rowAt, rowSlots.inFlight, -lost);
    this.add(rowAt, rowSlots.requests, lost);
  }

  private rowOf(thread: number): number {
    return this.memory.rowsAt + thread * this.memory.rowStride;
  }

  /** Over all threads. */
  private sum(slot: number): number {
    const { rowsAt, rowStride, threadCount } = this.memory;
    let total = 0;
    for (let thread = 0; thread < threadCount; thread++)
      total += this.floats[rowsAt + thread * rowStride + slot] ?? 0;
    return total;
  }

  private add(rowAt: number, slot: number, amount: number): void {
    this.floats[rowAt + slot] = (this.floats[rowAt + slot] ?? 0) + amount;
  }
}
