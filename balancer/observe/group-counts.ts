import type { RoomCounts } from "../cluster/target-room.ts";

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
  private readonly floats: Float64Array;
  private readonly at: number;

  constructor(memory: ArrayBufferLike, thread: number) {
    this.floats = new Float64Array(memory);
    this.at = thread * rowFloats;
  }

  add(slot: GroupCountSlot, amount = 1): void {
    const at = this.at + groupCountSlots[slot];
    this.floats[at] = (this.floats[at] ?? 0) + amount;
  }

  set(slot: GroupCountSlot, value: number): void {
    this.floats[this.at + groupCountSlots[slot]] = value;
  }

  /** Over all threads. */
  sum(slot: GroupCountSlot): number {
    let total = 0;
    for (let at = groupCountSlots[slot]; at < this.floats.length; at += rowFloats)
      total += this.floats[at] ?? 0;
    return total;
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    for (const slot of ["queued", "limit"] as const)
      this.floats[thread * rowFloats + groupCountSlots[slot]] = 0;
  }
}

/** Counts that nobody else sees. */
export function privateGroupCounts(): GroupCounts {
  return new GroupCounts(createGroupCountsMemory(1), 0);
}
