import { toKeep } from "./received.ts";
import { type LateWriter, type SocketEvents, writeLater } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

/** How long a side may take for its last bytes when the other one is gone. */
const lastBytesTimeoutSeconds = 10;

/** Whose two sides they are. */
export interface SideOwner {
  /** A side that was dialled is connected. */
  onSideOpen(side: RelaySide): void;
  /** Bytes came from a side that has not been joined to another; they stay as they are. */
  onEarlyBytes(bytes: Buffer): void;
  /** A side that has not been joined to another is gone. */
  onLoneSideGone(side: RelaySide, isReset: boolean): void;
  /** This side was gone first, and the peer did not close it in order. */
  onSideReset(side: RelaySide): void;
  /** Both sides of a joined pair are gone; called once. */
  onBothGone(): void;
}

/**
 * One of two sockets that are joined byte by byte, each at the pace of the slower one. A side that sends no more closes
 * only that direction; when one side is gone, the other goes as soon as its last bytes are sent.
 */
export class RelaySide implements SocketEvents, LateWriter {
  bytesReceived = 0;
  isGone = false;
  private other: RelaySide | undefined;
  private unsent: Uint8Array | undefined;
  /** A range of these. */
  private late: Uint8Array | undefined;
  private lateFrom = 0;
  private lateTo = 0;
  /** The other side sends no more: when its last bytes are sent, this direction ends. */
  private isEnding = false;
  /** This side sends no more. */
  private hasEnded = false;

  /** Without a socket it is one that is being dialled. */
  constructor(
    private readonly owner: SideOwner,
    private socket?: StreamSocket,
  ) {}

  /** Its connect can be called off by {@link cut}. */
  dialled(socket: StreamSocket): void {
    this.socket = socket;
  }

  /** Joins two sides; what has come from either before is the caller's to send. */
  join(other: RelaySide): void {
    this.other = other;
    other.other = this;
  }

  /** Passes on an end that came before the sides were joined, and goes on reading. */
  flow(): void {
    if (this.hasEnded) this.other?.endAfterLastBytes();
    if (!this.isGone && this.other?.unsent === undefined) this.socket?.resume();
  }

  pause(): void {
    if (!this.isGone) this.socket?.pause();
  }

  resume(): void {
    if (!this.isGone) this.socket?.resume();
  }

  /** Sends bytes of a range; false when they have to wait, and the side they come from with them. */
  send(bytes: Uint8Array, from = 0, to = bytes.length): boolean {
    const { socket } = this;
    if (this.isGone || socket === undefined) return true;
    this.writeNow();
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes.subarray(from, to)]);
      return false;
    }
    if (!writeLater(this)) return this.write(socket, bytes, from, to);
    this.late = bytes;
    this.lateFrom = from;
    this.lateTo = to;
    return true;
  }

  /** Sends what was to go out with what else came in the same turn. */
  writeNow(): void {
    const { late, socket } = this;
    if (late === undefined || socket === undefined) return;
    this.late = undefined;
    if (!this.write(socket, late, this.lateFrom, this.lateTo)) this.other?.pause();
  }

  /** Ends it at once, telling nobody. */
  cut(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.forget();
    this.socket?.terminate();
  }

  onSocketOpen(socket: StreamSocket): void {
    // Not every connect can be called off; it may come after its time.
    if (this.isGone) {
      socket.terminate();
      return;
    }
    this.socket = socket;
    this.owner.onSideOpen(this);
  }

  onSocketHandshake(): void {}

  onSocketData(bytes: Buffer, from: number, to: number): void {
    if (this.isGone) return;
    this.bytesReceived += to - from;
    if (this.other === undefined) this.owner.onEarlyBytes(toKeep(bytes, from, to));
    else if (!this.other.send(bytes, from, to)) this.pause();
  }

  onSocketDrain(): void {
    if (this.unsent !== undefined) {
      const rest = this.unsent;
      this.unsent = undefined;
      if (this.socket !== undefined && !this.write(this.socket, rest, 0, rest.length)) return;
    }
    if (this.isEnding) this.endSending();
    else this.other?.resume();
  }

  onSocketEnd(): void {
    if (this.isGone) return;
    this.hasEnded = true;
    this.other?.endAfterLastBytes();
    if (this.isEnding && this.unsent === undefined) this.leave();
  }

  onSocketClose(isReset: boolean): void {
    if (this.isGone) return;
    this.isGone = true;
    this.forget();
    const { other } = this;
    if (other === undefined) {
      this.owner.onLoneSideGone(this, isReset);
      return;
    }
    if (isReset && !other.isGone) this.owner.onSideReset(this);
    if (other.isGone) this.owner.onBothGone();
    else other.endAfterLastBytes();
  }

  private endAfterLastBytes(): void {
    if (this.isGone) return;
    this.writeNow();
    this.isEnding = true;
    if (this.unsent === undefined) this.endSending();
    else if (this.other?.isGone === true) this.socket?.timeout(lastBytesTimeoutSeconds);
  }

  private endSending(): void {
    if (this.isGone) return;
    if (this.hasEnded || this.other?.isGone === true) this.leave();
    else this.socket?.shutdown();
  }

  private write(socket: StreamSocket, bytes: Uint8Array, from: number, to: number): boolean {
    const unsentFrom = from + Math.max(0, socket.write(bytes, from, to - from));
    if (unsentFrom === to) return true;
    this.unsent = toKeep(bytes, unsentFrom, to);
    return false;
  }

  private forget(): void {
    this.unsent = undefined;
    this.late = undefined;
  }

  /** Closes in order; whatever the peer still does is of no interest. */
  private leave(): void {
    if (this.isGone) return;
    this.writeNow();
    this.isGone = true;
    this.socket?.end();
    if (this.other?.isGone === true) this.owner.onBothGone();
  }
}
