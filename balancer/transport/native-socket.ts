import { type Pointer, ptr } from "bun:ffi";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { fixedBytes, fixedWords } from "../sockets/fixed-memory.ts";
import { lastError, libc } from "../sockets/libc.ts";
import { addressOf } from "../sockets/listening.ts";
import {
  canRead,
  canWrite,
  forget,
  hasError,
  hasHungUp,
  hasUrgent,
  onceEach,
  peerHasEnded,
  rewatch,
  type Watcher,
  watch,
} from "../sockets/readiness.ts";
import { addressBytes, hostnameIn } from "../sockets/socket-address.ts";
import { closeOnExec, keepAlive, nonBlocking, resetOnClose, takeError } from "../sockets/socket-options.ts";
import { freeFrom, received, receivedAt, receivedBytes } from "./received.ts";
import {
  handleReady,
  reportBug,
  type SocketEvents,
  tellClose,
  tellData,
  tellDrain,
  tellEnd,
  unheard,
} from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

const { EAGAIN: wouldBlock, EINTR: interrupted } = constants.errno;
const noSignal = 0x4000;
/** What there is waits for the next call, which sends it together with its own; a close is such a call (send(2)). */
const moreFollows = 0x8000;
/** Each exchange is told of once, for which the system need not look at the socket a second time. */
const always = onceEach | peerHasEnded;
/** Not while paused: whatever comes would have the system look whether it is urgent. */
const toRead = canRead | hasUrgent;
/** What is read before each of these ends there, and not where nothing is left. */
const stops = peerHasEnded | hasHungUp | hasError | hasUrgent;
const sendingSide = 1;

/** With less room left than that, what waits is handled before more is received. */
const leastRoomBytes = 65_536;
const { view: peerBytes, at: addressAt } = fixedBytes(addressBytes);
const address = new DataView(peerBytes.buffer);
const { view: length, at: lengthAt } = fixedWords(1);

/**
 * A TCP socket by the system's calls, for who would have Bun's: the same words, told of by the same events, at a third of
 * the time beside the kernel's. Knows no TLS.
 */
export class NativeSocket implements StreamSocket, Watcher {
  private asked: number;
  private isClosed = false;
  /** The peer sends no more. */
  private hasEnded = false;
  /** No more is sent. */
  private isShut = false;
  /** The system has told of an error, and does so once: what it tells next looks like an end. */
  private isBroken = false;
  private lastBytesTimer: Timer | undefined;
  /** Where the system has told it already. */
  private peer: string | undefined;

  /**
   * Takes the descriptor over. `onConnected`, for one that is not connected yet, is told the error's name, or undefined. Throws
   * the system's error, the descriptor closed, where no more can be watched.
   */
  constructor(
    readonly fd: number,
    public data: SocketEvents,
    private readonly allowHalfOpen: boolean,
    private onConnected?: ((fault: string | undefined) => void) | undefined,
  ) {
    this.asked = onConnected === undefined ? toRead : canWrite;
    try {
      watch(fd, this.asked | always, this);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /** The next connection in the queue of a socket that listens; undefined when there is none, or no file is left for it. */
  static accept(listening: number, data: SocketEvents, allowHalfOpen: boolean): NativeSocket | undefined {
    length[0] = addressBytes;
    const fd = libc().accept4(listening, addressAt, lengthAt, nonBlocking | closeOnExec);
    if (fd < 0) return undefined;
    const socket = new NativeSocket(fd, data, allowHalfOpen);
    socket.peer = hostnameIn(address);
    return socket;
  }

  get remoteAddress(): string {
    return this.peer ?? addressOf(this.fd, "getpeername")?.hostname ?? "";
  }

  get remotePort(): number {
    return addressOf(this.fd, "getpeername")?.port ?? 0;
  }

  get localAddress(): string {
    return addressOf(this.fd, "getsockname")?.hostname ?? "";
  }

  get localPort(): number {
    return addressOf(this.fd, "getsockname")?.port ?? 0;
  }

  onReady(events: number): void {
    try {
      if (this.onConnected === undefined) this.tell(events);
      else this.connected(this.onConnected);
    } catch (error) {
      reportBug(this, error);
    }
  }

  write(data: Uint8Array<ArrayBufferLike> | string, from = 0, count = data.length - from): number {
    return this.send(typeof data === "string" ? Buffer.from(data) : data, from, count, noSignal);
  }

  writeLast(bytes: Uint8Array<ArrayBufferLike>, from: number, count: number): number {
    return this.send(bytes, from, count, noSignal | moreFollows);
  }

  pause(): void {
    if (!this.isClosed) this.ask(this.asked & ~toRead);
  }

  resume(): void {
    if (!this.isClosed && !this.hasEnded) this.ask(this.asked | toRead);
  }

  shutdown(): void {
    if (this.isClosed || this.isShut) return;
    this.isShut = true;
    libc().shutdown(this.fd, sendingSide);
  }

  end(): void {
    this.lost(false);
  }

  terminate(): void {
    if (this.isClosed) return;
    resetOnClose(this.fd);
    this.lost(false);
  }

  timeout(seconds: number): void {
    clearTimeout(this.lastBytesTimer);
    if (seconds === 0) return;
    this.lastBytesTimer = setTimeout(() => this.terminate(), seconds * 1000);
    this.lastBytesTimer.unref();
  }

  setKeepAlive(isOn: boolean, initialDelayMs: number): void {
    keepAlive(this.fd, isOn, initialDelayMs);
  }

  private send(bytes: Uint8Array<ArrayBufferLike>, from: number, count: number, flags: number): number {
    if (this.isClosed || this.isShut) return -1;
    const taken =
      from === 0
        ? libc().send(this.fd, bytes, count, flags)
        : libc().send(this.fd, (ptr(bytes) + from) as Pointer, count, flags);
    if (taken === count) return taken;
    if (taken < 0) {
      const code = lastError();
      if (code !== wouldBlock && code !== interrupted) {
        this.isBroken = true;
        return -1;
      }
    }
    this.ask(this.asked | canWrite);
    return Math.max(0, taken);
  }

  private tell(events: number): void {
    if ((events & canWrite) !== 0 && (this.asked & canWrite) !== 0) {
      this.ask(this.asked & ~canWrite);
      tellDrain(this);
    }
    if (this.isClosed || (events & (canRead | hasError | hasHungUp)) === 0) return;
    if ((this.asked & canRead) !== 0) this.receive((events & stops) !== 0);
    else if ((events & hasError) !== 0 || this.isBroken) this.lost(true);
  }

  /** `isStopped`: behind what is read first there is more, be it an end or an error. */
  private receive(isStopped: boolean): void {
    if (receivedBytes - freeFrom() < leastRoomBytes) {
      handleReady();
      // Whose bytes these were may have closed this one, or have it wait.
      if (this.isClosed || (this.asked & canRead) === 0) return;
    }
    const from = freeFrom();
    const room = receivedBytes - from;
    const count = libc().recv(this.fd, (receivedAt + from) as Pointer, room, 0);
    if (count > 0) {
      if (isStopped || count === room) this.askAnew();
      tellData(this, received, from, from + count);
    } else if (count === 0) {
      if (this.isBroken) this.lost(true);
      else this.ended();
    } else {
      const code = lastError();
      if (code === interrupted) this.askAnew();
      else if (code !== wouldBlock) this.lost(true);
    }
  }

  private connected(tell: (fault: string | undefined) => void): void {
    this.onConnected = undefined;
    const code = takeError(this.fd);
    if (code === 0) {
      this.ask(toRead);
    } else {
      this.data = unheard;
      this.lost(false);
    }
    tell(code === 0 ? undefined : getSystemErrorName(-code));
  }

  private ended(): void {
    this.hasEnded = true;
    if (!this.allowHalfOpen || this.isShut) {
      this.lost(false);
      return;
    }
    // The system tells of nothing more to read, and need not be asked not to.
    this.asked &= ~toRead;
    tellEnd(this);
  }

  /** The connection is over. */
  private lost(isReset: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.lastBytesTimer !== undefined) clearTimeout(this.lastBytesTimer);
    forget(this.fd);
    libc().close(this.fd);
    tellClose(this, isReset);
  }

  private ask(events: number): void {
    if (events === this.asked) return;
    this.asked = events;
    this.askAnew();
  }

  /** Of what holds already, too, it is told then. */
  private askAnew(): void {
    rewatch(this.fd, this.asked | always);
  }
}
