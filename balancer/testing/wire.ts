import type { Socket } from "node:net";

const defaultWaitMs = 5000;

/** For tests: one end of a connection, with everything that came over it so far. */
export class Wire {
  /** Bytes that came and were not taken yet. */
  received: Buffer = Buffer.alloc(0);
  /** The peer has closed its side, or broken the connection. */
  isClosed = false;
  /** It was broken by a reset. */
  isReset = false;
  private wake: () => void = () => {};

  constructor(readonly socket: Socket) {
    socket.on("data", (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.wake();
    });
    socket.on("error", () => {
      this.isReset = true;
    });
    const closed = () => {
      this.isClosed = true;
      this.wake();
    };
    socket.on("end", closed);
    socket.on("close", closed);
  }

  /** A text goes out as Latin-1. */
  send(data: string | Uint8Array): void {
    this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Sends what is left, then closes. */
  close(): void {
    this.socket.end();
  }

  /** Breaks the connection with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Takes `count` bytes off what came. */
  take(count: number): Buffer {
    const taken = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  /** Waits for `find` to find something in what comes; throws with what came when it never does. */
  async wait<Found>(what: string, find: () => Found | undefined, timeoutMs = defaultWaitMs): Promise<Found> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const restMs = deadlineMs - performance.now();
      if (this.isClosed || restMs <= 0) throw new Error(`${what}: ${this.describe()}`);
      await this.change(restMs);
    }
  }

  /** Waits until the peer has closed. */
  async closed(): Promise<void> {
    await this.wait("waited for the close", () => this.isClosed || undefined);
  }

  private describe(): string {
    const state = this.isClosed ? "the peer closed after" : `nothing more in time after`;
    return `${state} ${JSON.stringify(this.received.toString("latin1").slice(0, 500))}`;
  }

  private change(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, timeoutMs);
    this.wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}
