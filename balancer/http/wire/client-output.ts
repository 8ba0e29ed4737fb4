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
    this.send(bytes, from, to, false);
  }

  /** Sends what was appended, be it a little later. */
  flush(): void {
    if (gatherer !== this) return;
    this.writeNow();
    gatherer = undefined;
    if (gathered.length === gatheredFrom) return;
    this.lateFrom = gatheredFrom;
    this.lateTo = gathered.length;
    ranges++;
    if (!writeLater(this)) this.writeNow();
    else if (gathered.length > flushBytes) writeAllNow();
  }

  /** Sends at once what {@link flush} has left for later. */
  writeNow(): void {
    const { lateFrom, lateTo } = this;
    if (lateFrom === lateTo) return;
    this.send(gathered.bytes, lateFrom, lateTo, true);
    this.forgetLate();
  }

  /** The socket takes more; true when all is sent. */
  drain(): boolean {
    if (this.unsent === undefined) return true;
    const rest = this.unsent;
    this.unsent = undefined;
    this.send(rest, 0, rest.length, false);
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

  private forgetLate(): void {
    this.lateFrom = this.lateTo;
    ranges--;
    if (ranges === 0 && gatherer === undefined) gathered.clear();
  }

  /** Sends a range of `bytes`; `isReused`: they are those gathered. */
  private send(bytes: Uint8Array<ArrayBufferLike>, from: number, to: number, isReused: boolean): void {
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes.subarray(from, to)]);
      return;
    }
    const taken = this.socket.write(bytes, from, to - from);
    if (taken === to - from) return;
    // Where a write is the first to meet a reset, Bun tells of no close as long as the socket is paused.
    if (taken < 0) setImmediate(terminate, this.socket);
    const written = Math.max(0, taken);
    this.unsent = isReused ? bytes.slice(from + written, to) : toKeep(bytes, from + written, to);
  }
}

function terminate(socket: StreamSocket): void {
  socket.terminate();
}
