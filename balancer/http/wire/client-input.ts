import type { StreamSocket } from "../../transport/stream-socket.ts";

const nothing = Buffer.alloc(0);

/** What has come from one client and could not be read yet: a part of a head, or requests that have to wait. */
export class ClientInput {
  bytes: Buffer = nothing;
  private isPaused = false;

  constructor(private readonly socket: StreamSocket) {}

  get isEmpty(): boolean {
    return this.bytes.length === 0;
  }

  add(bytes: Buffer): void {
    this.bytes = this.bytes.length === 0 ? bytes : Buffer.concat([this.bytes, bytes]);
  }

  /** Takes so many bytes off its beginning: they have been read. */
  take(count: number): void {
    this.bytes = count < this.bytes.length ? this.bytes.subarray(count) : nothing;
  }

  /** Hands over all that is there. */
  takeAll(): Buffer {
    const { bytes } = this;
    this.bytes = nothing;
    return bytes;
  }

  /** Has the client wait. */
  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.socket.resume();
  }

  /** The connection is gone. */
  drop(): void {
    this.bytes = nothing;
    this.isPaused = false;
  }
}
