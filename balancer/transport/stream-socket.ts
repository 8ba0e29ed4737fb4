import type { SocketEvents } from "./socket-events.ts";

/** A TCP connection, of ours (`NativeSocket`) or of Bun's, which TLS may be on; what happens to it is told to its `data`. */
export interface StreamSocket {
  data: SocketEvents;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /**
   * Sends bytes of a range. Returns how many the system has taken, and tells of `onSocketDrain` when it takes more; below 0 for
   * a connection that takes none any more.
   */
  write(bytes: Uint8Array<ArrayBufferLike> | string, from?: number, length?: number): number;
  /**
   * As `write`, of bytes behind which the sending side is closed in the same event: where there is such a call, its end goes
   * with them in one packet.
   */
  writeLast?(bytes: Uint8Array<ArrayBufferLike>, from: number, length: number): number;
  /** Reads no more for now; a reset may go unnoticed meanwhile. */
  pause(): void;
  resume(): void;
  /** Sends no more; the peer may. */
  shutdown(): void;
  /** Closes in order. */
  end(): void;
  /** Closes with a reset. */
  terminate(): void;
  /** Terminates it when it is still open so much later; 0 for never. */
  timeout(seconds: number): void;
  /** Has the system ask a peer that has been silent for so long whether it is still there. */
  setKeepAlive(isOn: boolean, initialDelayMs: number): void;
}
