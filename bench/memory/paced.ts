import type { Socket } from "bun";

/** Takes bytes from a socket at a given pace by pausing it in between. */
export class PacedReader {
  bytesRead = 0;
  private startedAtMs: number | undefined;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly onRead: (bytesRead: number) => void,
  ) {}

  /** To be called with every portion that the socket hands over. */
  take(socket: Socket<unknown>, byteCount: number): void {
    this.startedAtMs ??= performance.now();
    this.bytesRead += byteCount;
    this.onRead(this.bytesRead);
    const dueMs = this.startedAtMs + (this.bytesRead / this.bytesPerSecond) * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs < 1) return;
    socket.pause();
    setTimeout(() => socket.resume(), waitMs);
  }
}

const block = new Uint8Array(256 * 1024);

/** Writes `totalBytes` zeros as fast as the other side takes them. */
export class EagerWriter {
  private bytesLeft: number;

  constructor(totalBytes: number) {
    this.bytesLeft = totalBytes;
  }

  /** To be called at the start and at every drain. */
  write(socket: Socket<unknown>): void {
    while (this.bytesLeft > 0) {
      const part = Math.min(block.length, this.bytesLeft);
      const written = socket.write(block, 0, part);
      if (written > 0) this.bytesLeft -= written;
      if (written < part) return;
    }
  }
}
