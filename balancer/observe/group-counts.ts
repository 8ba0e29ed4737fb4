import type { RoomCounts } from "../cluster/target-room.ts";
import { ThreadRows } from "../cluster/thread-rows.ts";

/** Float64 slots of a thread: what is counted of a group as a whole, for metrics alone. */
const groupCountSlots = {
  /** Further attempts that the retry budget paid for, and those that it did not. */
  budgetTaken: 0,
  budgetDenied: 1,
  /** Second attempts because the first was slow, and those that answered first. */
  hedges: 2,
  hedgesWon: 3,
  /** Copies of other groups' requests that were sent here, and those left out. */
  mirrored: 4,
  mirrorsDropped: 5,
  /** Who waits for room now; a gauge. */
  queued: 6,
  /** Who was turned away: too many waited, or none had room in time. */
  queueFull: 7,
  queueTimedOut: 8,
  /** What may be in flight by the adaptive limit; a gauge, 0 while nothing is known. */
  limit: 9,
} as const;
export type GroupCountSlot = keyof typeof groupCountSlots;

/** Rows of two cache lines: threads write at the same time. */
const rowFloats = 16;

export function createGroupCountsMemory(threadCount: number): ArrayBufferLike {
  return new SharedArrayBuffer(threadCount * rowFloats * 8);
}

/** One group's counts, as one thread writes them; reading puts all threads' together. */
export class GroupCounts implements RoomCounts {
  private readonly rows: ThreadRows;

  constructor(memory: ArrayBufferLike, thread: number) {
    const floats = new Float64Array(memory);
    this.rows = new ThreadRows(floats, 0, rowFloats, floats.length / rowFloats, thread);
  }

  add(slot: GroupCountSlot, amount = 1): void {
    this.rows.add(groupCountSlots[slot], amount);
  }

  set(slot: GroupCountSlot, value: number): void {
    this.rows.set(groupCountSlots[slot], value);
  }

  /** Over all threads. */
  sum(slot: GroupCountSlot): number {
    return this.rows.sum(groupCountSlots[slot]);
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    this.rows.clear(thread, groupCountSlots.queued);
    this.rows.clear(thread, groupCountSlots.limit);
  }
}

/** Counts that nobody else sees. */
export function privateGroupCounts(): GroupCounts {
  return new GroupCounts(createGroupCountsMemory(1), 0);
}
