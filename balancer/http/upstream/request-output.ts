import { type LateWriter, writeLater } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";

/** What goes to one target over a connection: kept while the target is slower. */
export class RequestOutput implements LateWriter {
  private unsent: Uint8Array | undefined;
  /** A request that is sent when all that came with it has been handled. */
  private late: Uint8Array | undefined;

  constructor(private readonly socket: StreamSocket) {}

  /** Sends the first `length` bytes of `request`, which stand only until the next change; false when the socket was found closed. */
  begin(request: Uint8Array<ArrayBufferLike>, length: number): boolean {
    const written = this.socket.write(request, 0, length);
    if (written < 0) return false;
    if (written < length) this.unsent = request.slice(written, length);
    return true;
  }

  /** As {@link begin} for bytes that stay as they are: they may go out with others a little later. */
  beginLater(request: Uint8Array): boolean {
    if (!writeLater(this)) return this.begin(request, request.length);
    this.late = request;
    return true;
  }

  writeNow(): void {
    const { late } = this;
    this.late = undefined;
    if (late !== undefined) this.send(late);
  }

  /** Sends more, behind what is still to be sent; false when some of it has to wait. */
  send(bytes: Uint8Array | string): boolean {
    if (this.late !== undefined) this.writeNow();
    if (bytes.length === 0) return this.unsent === undefined;
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, asBytes(bytes)]);
      return false;
    }
    const written = Math.max(0, this.socket.write(bytes));
    if (written === bytes.length) return true;
    this.unsent = asBytes(bytes).subarray(written);
    return false;
  }

  /** The socket takes more; true when nothing has to wait any more. */
  drain(): boolean {
    if (this.unsent === undefined) return true;
    const written = Math.max(0, this.socket.write(this.unsent));
    this.unsent = written < this.unsent.length ? this.unsent.subarray(written) : undefined;
    return this.unsent === undefined;
  }

  /** Forgets what was not sent: the connection is gone. */
  drop(): void {
    this.unsent = undefined;
    this.late = undefined;
  }
}

const asBytes = (data: Uint8Array | string) =>
  typeof data === "string" ? Buffer.from(data, "latin1") : data;
