import type { Socket } from "bun";
import { ByteBuffer } from "../../byte-buffer.ts";
import type { SocketEvents } from "../../socket-events.ts";

/** Content of this size and more is not worth a copy to go out in one piece with what stands before it. */
const directBytes = 16_384;
const flushBytes = 65_536;

/** One for all connections: whoever writes begins and flushes within one event. */
const gathered = new ByteBuffer(flushBytes + directBytes);
let gatherer: ClientOutput | undefined;

/** What goes to one client: gathered, so that an answer costs one system call, and kept while the client is slower. */
export class ClientOutput {
  private unsent: Uint8Array | undefined;

  constructor(private readonly socket: Socket<SocketEvents>) {}

  /** The client has not taken yet what was sent. */
  get isBlocked(): boolean {
    return this.unsent !== undefined;
  }

  /** Where to append what is to be sent with the next {@link flush}. */
  get buffer(): ByteBuffer {
    if (gatherer !== this) {
      gatherer?.flush();
      gatherer = this;
    }
    return gathered;
  }

  /** Appends content, in a range of `bytes`. */
  write(bytes: Uint8Array, from: number, to: number): void {
    const { buffer } = this;
    if (to - from < directBytes) {
      buffer.appendRange(bytes, from, to);
      if (buffer.length >= flushBytes) this.flush();
      return;
    }
    this.flush();
    const part = bytes.subarray(from, to);
    this.send(part, part.length, false);
  }

  /** Sends what was appended. */
  flush(): void {
    if (gatherer !== this) return;
    gatherer = undefined;
    if (gathered.length > 0) this.send(gathered.bytes, gathered.length, true);
    gathered.clear();
  }

  /** The socket takes more; true when all is sent. */
  drain(): boolean {
    if (this.unsent === undefined) return true;
    const rest = this.unsent;
    this.unsent = undefined;
    this.send(rest, rest.length, false);
    return this.unsent === undefined;
  }

  /** Forgets what was not sent: the connection is gone. */
  drop(): void {
    if (gatherer === this) {
      gatherer = undefined;
      gathered.clear();
    }
    this.unsent = undefined;
  }

  /** Hands over what is left to send. */
  takeUnsent(): Uint8Array | undefined {
    const { unsent } = this;
    this.unsent = undefined;
    return unsent;
  }

  /** `isReused`: the bytes stand only until the next change. */
  private send(bytes: Uint8Array<ArrayBufferLike>, length: number, isReused: boolean): void {
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes.subarray(0, length)]);
      return;
    }
    const written = Math.max(0, this.socket.write(bytes, 0, length));
    if (written === length) return;
    this.unsent = isReused ? bytes.slice(written, length) : bytes.subarray(written, length);
  }
}
