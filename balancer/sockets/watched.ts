import { openSync, readSync } from "node:fs";
import { threadEpoll } from "./poll.ts";

const newline = 10;
const space = 32;
const colon = 58;
const digitZero = 48;
const letterA = 97;

/** The system's list of what this thread's event loop watches. */
let list: number | undefined;
let read = Buffer.alloc(65_536);

/** {@link eachWatched} opens no file after this: it may be asked when there are no more to be had. */
export function openWatched(): number {
  list ??= openSync(`/proc/self/fdinfo/${threadEpoll()}`, "r");
  return list;
}

/**
 * Tells of every descriptor that this thread's event loop watches, and of the number of what it leads to, which no two that are
 * open share. The system writes a line for each, `tfd: 7 events: 19 data: 4e599ce41a0 pos:0 ino:268f534 sdev:9`; they
 * may be ten thousands, so they are read byte by byte.
 */
export function eachWatched(visit: (fd: number, inode: number) => void): void {
  const bytes = readWatched();
  for (let start = 0; start < bytes.length; ) {
    let end = bytes.indexOf(newline, start);
    if (end < 0) end = bytes.length;
    if (isWatched(bytes, start)) {
      const inodeAt = bytes.indexOf("ino:", start) + 4;
      visit(numberAt(bytes, start + 4, 10), numberAt(bytes, inodeAt, 16));
    }
    start = end + 1;
  }
}

/** Good until it is called again. */
function readWatched(): Buffer {
  const from = openWatched();
  for (let length = 0; ; ) {
    if (length === read.length) read = Buffer.concat([read, Buffer.alloc(length)]);
    const count = readSync(from, read, length, read.length - length, length);
    if (count === 0) return read.subarray(0, length);
    length += count;
  }
}

/** Whether the line begins with `tfd:`. */
function isWatched(bytes: Buffer, start: number): boolean {
  return bytes[start] === 116 && bytes[start + 1] === 102 && bytes[start + 3] === colon;
}

function numberAt(bytes: Buffer, start: number, base: 10 | 16): number {
  let at = start;
  while (bytes[at] === space) at++;
  let value = 0;
  for (let byte = bytes[at] ?? space; byte > space; byte = bytes[++at] ?? space)
    value = value * base + (byte < letterA ? byte - digitZero : byte - letterA + 10);
  return value;
}
