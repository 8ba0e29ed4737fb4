import type { SocketHandler } from "bun";
import { afterLook } from "../sockets/readiness.ts";
import { allHandled, keepUntilHandled, received } from "./received.ts";
import type { StreamSocket } from "./stream-socket.ts";

/** Whom a socket's events go to; it stands in `socket.data`. */
export interface SocketEvents {
  onSocketOpen(socket: StreamSocket): void;
  /** With TLS; `error` says why the peer is not trusted. */
  onSocketHandshake(authorized: boolean, error: Error | null): void;
  /** Bytes in a range of `bytes`, which stand only until it returns: see {@link toKeep}. */
  onSocketData(bytes: Buffer, from: number, to: number): void;
  onSocketDrain(): void;
  /** The peer sends no more; it may still read. */
  onSocketEnd(): void;
  /** `isReset`: the peer did not close it in order. */
  onSocketClose(isReset: boolean): void;
}

/** Those of a socket that nobody has, or has any more. */
export const unheard: SocketEvents = {
  onSocketOpen() {},
  onSocketHandshake() {},
  onSocketData() {},
  onSocketDrain() {},
  onSocketEnd() {},
  onSocketClose() {},
};

/** Has something to send that need not be sent at once. */
export interface LateWriter {
  writeNow(): void;
}

/**
 * What has been read and not been handled yet. Under load all sockets that are ready are read first, then handled in a
 * row: the kernel's code and ours drive each other out of the processor's caches less often, which is worth 5 % of a
 * request. The places are kept, and filled again.
 */
const readySockets: (StreamSocket | undefined)[] = [];
const readyBytes: (Buffer | undefined)[] = [];
const readyFrom: number[] = [];
const readyTo: number[] = [];
let readyCount = 0;
let isHandling = false;
/** Who writes when all that was read has been handled. */
const writers: LateWriter[] = [];
/** So many events are handled as they come, before it is looked again how many come together. */
let directLeft = 0;

/** With fewer in one go nothing is gained by waiting for the others. */
const fewTogether = 4;
const directAtOnce = 64;

/**
 * Has `writer` write when all that was read together has been handled: for the same reason as that is handled together.
 * False when nothing is being handled; then it should write at once.
 */
export function writeLater(writer: LateWriter): boolean {
  if (isHandling) writers.push(writer);
  return isHandling;
}

/** Has everyone write who was told to wait. */
export function writeAllNow(): void {
  for (let index = 0; index < writers.length; index++) writers[index]?.writeNow();
  writers.length = 0;
}

/**
 * Handles what has been read, in its order. While that goes on, an event is one that a handler itself has brought about
 * by closing a socket; what was read there is of no interest any more.
 */
export function handleReady(): void {
  if (isHandling) return;
  isHandling = true;
  for (let index = 0; index < readyCount; index++) {
    const socket = readySockets[index];
    const bytes = readyBytes[index];
    if (socket === undefined || bytes === undefined) continue;
    readySockets[index] = undefined;
    readyBytes[index] = undefined;
    try {
      socket.data.onSocketData(bytes, readyFrom[index] ?? 0, readyTo[index] ?? 0);
    } catch (error) {
      reportBug(socket, error);
    }
  }
  if (readyCount > 0 && readyCount < fewTogether) directLeft = directAtOnce;
  readyCount = 0;
  allHandled();
  isHandling = false;
  writeAllNow();
}

/** A bug of ours, which must cost its own connection alone, but not in silence; its end may meet another one. */
export function reportBug(socket: StreamSocket, error: unknown): void {
  console.error("a connection's handler failed:", error);
  try {
    socket.terminate();
  } catch (another) {
    console.error("and failed again at its end:", another);
  }
}

/** Tells of bytes that were read, at once or together with what else is ready now. */
export function tellData(socket: StreamSocket, bytes: Buffer, from: number, to: number): void {
  if (directLeft > 0 && !isHandling) {
    directLeft--;
    socket.data.onSocketData(bytes, from, to);
    return;
  }
  if (readyCount === 0 && !afterLook(handleReady)) setImmediate(handleReady);
  readySockets[readyCount] = socket;
  readyBytes[readyCount] = bytes;
  readyFrom[readyCount] = from;
  readyTo[readyCount++] = to;
  if (bytes === received) keepUntilHandled(to);
}

/** Whatever else happens to a socket comes after what was read before. */
export function tellDrain(socket: StreamSocket): void {
  handleReady();
  socket.data.onSocketDrain();
}

export function tellEnd(socket: StreamSocket): void {
  handleReady();
  socket.data.onSocketEnd();
}

export function tellClose(socket: StreamSocket, isReset: boolean): void {
  handleReady();
  socket.data.onSocketClose(isReset);
}

/** One set of handlers for all of Bun's sockets, which then allocates no closures for each. */
export const socketHandlers: SocketHandler<SocketEvents> = {
  open: (socket) => socket.data.onSocketOpen(socket),
  handshake: (socket, authorized, error) => socket.data.onSocketHandshake(authorized, error),
  data: (socket, bytes) => tellData(socket, bytes, 0, bytes.length),
  drain: tellDrain,
  end: tellEnd,
  close: (socket, error) => tellClose(socket, error instanceof Error),
  // Only set for a socket that has nothing to do any more but to send its last bytes.
  timeout: (socket) => socket.terminate(),
  error(socket, error) {
    // A broken socket is also closed, and that is where what it carries ends. What a handler throws has no code.
    if (!("code" in error)) reportBug(socket, error);
  },
  // The promise of Bun.connect says the same.
  connectError: () => {},
};
