import { fixedBytes } from "../sockets/fixed-memory.ts";

/**
 * What the thread's own sockets have received and nobody has handled yet. It is lent to who handles it: to copy large content
 * would be a good part of passing it on, and a view of a head that is known already costs more than to compare it.
 */

/** As much as Bun reads in one go: large content takes a quarter of the calls, and two thirds of the time, of 128 KiB. */
export const receivedBytes = 524_288;

const memory = fixedBytes(receivedBytes);
export const receivedAt = memory.at;
export const received = Buffer.from(memory.view.buffer);
/** Where what waits to be handled ends. */
let waitingTo = 0;

/** Where the next bytes may stand. */
export function freeFrom(): number {
  return waitingTo;
}

/** What was received up to there waits to be handled. */
export function keepUntilHandled(to: number): void {
  waitingTo = to;
}

/** Nothing waits any more. */
export function allHandled(): void {
  waitingTo = 0;
}

/** Bytes of a range that a socket has told of, to be kept for longer than that. */
export function toKeep(bytes: Uint8Array, from: number, to: number): Buffer {
  if (bytes.buffer === received.buffer) return Buffer.from(bytes.subarray(from, to));
  if (from === 0 && to === bytes.length && bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
}
