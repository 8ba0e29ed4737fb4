import { histogramFloats } from "./histogram.ts";

/**
 * Where a group's mutable numbers stand. With several threads the buffer is a `SharedArrayBuffer`, and each thread
 * looks at it through views of its own: a choice in one thread then knows what all others have in flight and have
 * measured. With one thread the same code runs over memory that nobody shares. Memory of zeros is a group to which
 * nothing has happened yet.
 *
 * What must be exact is an Int32 for `Atomics`, or stands in a row that one thread alone writes. Averages and times are
 * Float64 that threads write without asking each other: now and then, of two samples that come at the same moment, one
 * is lost, which no average of many notices. A number of 64 bits is never half written.
 *
 * A buffer holds a line for the group, a line for each target with what is read often and written seldom, the targets' estimates,
 * for each thread the rows of all targets, and for each thread their tallies. Targets that come later bring a buffer of their
 * own, in which the group's line is not used; it goes when the last thread has let go of the last of them, so no place is ever
 * used twice.
 */

/** Int32 slots of the group's line. */
export const groupSlots = {
  /** Goes up whenever a target's state changes. */
  generation: 0,
  /** Choices made in turns so far, as a number of 64 bits in two halves. */
  choicesLow: 1,
  choicesHigh: 2,
  /** Thread that makes a choice in turns now, counted from 1; 0 for none. */
  chooser: 3,
  /** Targets that have come since the start: those that the group began with are not counted. */
  come: 4,
} as const;

/** Int32 slots of a target's line. */
export const countSlots = { state: 0, passesInRow: 1, failuresInRow: 2, streaks: 3 } as const;

/** Float64 slots of a target's line, behind its counts. */
export const valueSlots = { lastChosen: 2, credit: 3, availableSinceMs: 4, weight: 5 } as const;

/** Where each of a target's estimates begins, in Float64; what the end of an attempt writes stands on one line. */
export const estimateSlots = {
  requestLatency: 0,
  refusals: 4,
  probeLatency: 8,
  loadReport: 12,
  ejection: 19,
  rampedFromMs: 22,
} as const;

/** Float64 slots of a thread's row of a target. */
export const rowSlots = { inFlight: 0, requests: 1, failures: 2 } as const;

/**
 * Float64 slots of a thread's tally of a target: what is counted for metrics alone. `answered` is the first of one for each
 * class of status, `failed` of one for each reason; the histograms come last.
 */
export const tallySlots = {
  answered: 0,
  failed: 5,
  cancelled: 9,
  connections: 10,
  waiting: 11,
  checksPassed: 12,
  checksFailed: 13,
  unhealthy: 14,
  ejected: 15,
  firstByte: 16,
  connect: 16 + histogramFloats,
} as const;

const bytesPerInt = 4;
const bytesPerFloat = 8;
/** A cache line: what different threads write often should not share one. */
const lineBytes = 64;
const estimateFloats = 24;
const rowFloats = 3;
const tallyBytes = wholeLines((tallySlots.connect + histogramFloats) * bytesPerFloat);

/** A thread's view of one buffer of a group. */
export interface GroupMemory {
  /** The whole buffer; the group's line comes first. */
  readonly ints: Int32Array;
  readonly floats: Float64Array;
  readonly targetCount: number;
  /** Of its first target, see {@link TargetMemory.number}. */
  readonly firstNumber: number;
  readonly threadCount: number;
  /** This thread's number, from 0. */
  readonly thread: number;
}

/** Where a target's numbers stand in its group's memory. */
export interface TargetMemory extends GroupMemory {
  /** Which of the buffer's targets it is, from 0. */
  readonly index: number;
  /** Which of all that the group has ever had it is: what threads call it among themselves. */
  readonly number: number;
  /** Index in `ints` of the target's line. */
  readonly countsAt: number;
  /** Index in `floats` of the target's line. */
  readonly valuesAt: number;
  /** Index in `floats` of the target's estimates. */
  readonly estimatesAt: number;
  /** Index in `floats` of the row of thread 0. */
  readonly rowsAt: number;
  /** From one thread's row to that of the next. */
  readonly rowStride: number;
  /** Index in `floats` of the tally of thread 0. */
  readonly tallyAt: number;
  /** From one thread's tally to that of the next. */
  readonly tallyStride: number;
}

/** How long the buffer of a group has to be. */
export function groupMemoryBytes(targetCount: number, threadCount: number): number {
  return talliesOffset(targetCount, threadCount) + threadCount * targetCount * tallyBytes;
}

/** The view that thread number `thread` needs; `buffer` has {@link groupMemoryBytes}. */
export function viewGroupMemory(
  buffer: ArrayBufferLike,
  targetCount: number,
  threadCount: number,
  thread: number,
  firstNumber = 0,
): GroupMemory {
  const ints = new Int32Array(buffer);
  return { ints, floats: new Float64Array(buffer), targetCount, threadCount, thread, firstNumber };
}

/** New memory for thread number 0, which the others can look at too, where there are any. */
export function newGroupMemory(targetCount: number, threadCount: number, firstNumber = 0): GroupMemory {
  const bytes = groupMemoryBytes(targetCount, threadCount);
  const buffer = threadCount > 1 ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  return viewGroupMemory(buffer, targetCount, threadCount, 0, firstNumber);
}

/** Memory of a group that lives in one thread. */
export function privateGroupMemory(targetCount: number): GroupMemory {
  return newGroupMemory(targetCount, 1);
}

/** The part of the group's memory that belongs to its target number `index`. */
export function targetMemory(memory: GroupMemory, index: number): TargetMemory {
  const { targetCount, threadCount } = memory;
  const lineAt = lineBytes * (1 + index);
  return {
    ...memory,
    index,
    number: memory.firstNumber + index,
    countsAt: lineAt / bytesPerInt,
    valuesAt: lineAt / bytesPerFloat,
    estimatesAt: estimatesOffset(targetCount) / bytesPerFloat + index * estimateFloats,
    rowsAt: rowsOffset(targetCount) / bytesPerFloat + index * rowFloats,
    rowStride: rowsBytes(targetCount) / bytesPerFloat,
    tallyAt: (talliesOffset(targetCount, threadCount) + index * tallyBytes) / bytesPerFloat,
    tallyStride: (targetCount * tallyBytes) / bytesPerFloat,
  };
}

function estimatesOffset(targetCount: number): number {
  return lineBytes * (1 + targetCount);
}

function rowsOffset(targetCount: number): number {
  return estimatesOffset(targetCount) + targetCount * estimateFloats * bytesPerFloat;
}

function rowsBytes(targetCount: number): number {
  return wholeLines(targetCount * rowFloats * bytesPerFloat);
}

function talliesOffset(targetCount: number, threadCount: number): number {
  return rowsOffset(targetCount) + threadCount * rowsBytes(targetCount);
}

function wholeLines(bytes: number): number {
  return Math.ceil(bytes / lineBytes) * lineBytes;
}
