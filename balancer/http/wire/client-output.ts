import { ByteBuffer } from "../../byte-buffer.ts";
import { toKeep } from "../../transport/received.ts";
import { type LateWriter, writeAllNow, writeLater } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";

/** Content of this size and more is not worth a copy to go out in one piece with what stands before it. */
const directBytes = 16_384;
const flushBytes = 65_536;

/** One for all connections: whoever writes begins and flushes within one event. */
const gathered = new ByteBuffer(flushBytes + directBytes);
let gatherer: ClientOutput | undefined;
/** Where the present gatherer's bytes begin; those before it are other connections', to be written soon. */
let gatheredFrom = 0;
/** So many connections have bytes among those gathered that are still to be written. */
let ranges = 0;

/** What goes to one client: gathered, so that an answer costs one system call, and kept while the client is slower. */
export class ClientOutput implements LateWriter {
  private unsent: Uint8Array | undefined;
  /** What is written when all that came with it has been handled: a range of what was gathered. */
  private lateFrom = 0;
  private lateTo = 0;

  constructor(private readonly socket: StreamSocket) {}

  /** The client has not taken yet what was sent. */
  get isBlocked(): boolean {
    return this.unsent !== undefined;
  }

  /** Where to append what is to be sent with the next {@link flush}. */
  get buffer(): ByteBuffer {
    if (gatherer !== this) {
      gatherer?.flush();
      gatherer = this;
      gatheredFrom = gathered.length;
    }
    return gathered;
  }

  /** Appends content, in a range of `bytes`. */
  write(bytes: Uint8Array, from: number, to: number): void {
    const { buffer } = this;
    if (to - from < directBytes) {
      buffer.appendRange(bytes, from, to);
      if (buffer.length - gatheredFrom >= flushBytes) this.flush();
      return;
    }
    this.flush();
    this.writeNow();
    this.send(bytes, from, to);
  }

  /** Sends what was appended, be it a little later. */
  flush(): void {
    if (!this.endGathering()) return;
    if (!writeLater(this)) this.writeNow();
    else if (gathered.length > flushBytes) writeAllNow();
  }

  /** Sends at once what {@link flush} has left for later. */
  writeNow(): void {
    this.writeLate(false);
  }

  /**
   * Sends at once all that was appended and left for later. Unless it is blocked then, the caller ends the connection, or its
   * sending side, in the same event: the end goes in one packet with the last bytes, which saves both sides one.
   */
  finish(): void {
    this.endGathering();
    this.writeLate(true);
  }

  /** The socket takes more; true when all is sent. */
  drain(): boolean {
    if (this.unsent === undefined) return true;
    const rest = this.unsent;
    this.unsent = undefined;
    this.send(rest, 0, rest.length);
    return this.unsent === undefined;
  }

  /** Forgets what was not sent: the connection is gone. */
  drop(): void {
    if (gatherer === this) gatherer = undefined;
    if (this.lateFrom < this.lateTo) this.forgetLate();
    this.unsent = undefined;
  }

  /** Hands over what is left to send. */
  takeUnsent(): Uint8Array | undefined {
    this.writeNow();
    const { unsent } = this;
    this.unsent = undefined;
    return unsent;
  }

  /** Makes what was appended the late range; false when nothing was. */
  private endGathering(): boolean {
    if (gatherer !== this) return false;
    this.writeNow();
    gatherer = undefined;
    if (gathered.length === gatheredFrom) return false;
    this.lateFrom = gatheredFrom;
    this.lateTo = gathered.length;
    ranges++;
    return true;
  }

  private writeLate(isLast: boolean): void {
    const { lateFrom, lateTo } = this;
    if (lateFrom === lateTo) return;
    this.send(gathered.bytes, lateFrom, lateTo, isLast);
    this.forgetLate();
  }

  private forgetLate(): void {
    this.lateFrom = this.lateTo;
    ranges--;
    if (ranges === 0 && gatherer === undefined) gathered.clear();
  }

  /** Sends a range of `bytes`. */
  private send(bytes: Uint8Array<ArrayBufferLike>, from: number, to: number, isLast = false): void {
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes.subarray(from, to)]);
      return;
    }
    const { socket } = this;
    const length = to - from;
    const taken =
      isLast && socket.writeLast !== undefined
        ? socket.writeLast(bytes, from, length)
        : socket.write(bytes, from, length);
    if (taken === length) return;
    // Where a write is the first to meet a reset, Bun tells of no close as long as the socket is paused.
    if (taken < 0) setImmediate(terminate, socket);
    const written = Math.max(0, taken);
    this.unsent =
      bytes === gathered.bytes ? bytes.slice(from + written, to) : toKeep(bytes, from + written, to);
  }
}

function terminate(socket: StreamSocket): void {
  socket.terminate();
}
