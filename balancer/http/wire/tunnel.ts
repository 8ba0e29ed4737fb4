import type { Socket } from "bun";
import type { SocketHandlerTarget } from "../upstream/connection.ts";

/** A peer that has vanished without a word is found out after about this and the system's own retries. */
const keepAliveMs = 60_000;

/**
 * Joins two sockets byte by byte, each at the pace of the slower one. A side that sends no more closes only that direction.
 * `onClosed` is called once, when both are closed.
 */
export function openTunnel(
  client: Socket<SocketHandlerTarget>,
  target: Socket<SocketHandlerTarget>,
  onClosed: () => void,
): { readonly toClient: TunnelSide; readonly toTarget: TunnelSide } {
  const toClient = new TunnelSide(client, onClosed);
  const toTarget = new TunnelSide(target, onClosed);
  toClient.join(toTarget);
  toTarget.join(toClient);
  return { toClient, toTarget };
}

export class TunnelSide implements SocketHandlerTarget {
  private other: TunnelSide | undefined;
  private unsent: Uint8Array | undefined;
  /** The other side sends no more. */
  private isEnding = false;
  /** This side sends no more. */
  private hasEnded = false;
  private isClosed = false;

  constructor(
    private readonly socket: Socket<SocketHandlerTarget>,
    private readonly onClosed: () => void,
  ) {}

  /** From now on the socket's events come here. */
  join(other: TunnelSide): void {
    this.other = other;
    this.socket.data = this;
    this.socket.setKeepAlive(true, keepAliveMs);
    // It may have been paused for what came before the tunnel.
    this.socket.resume();
  }

  /** Sends bytes; false when they have to wait, and the one they come from with them. */
  send(bytes: Uint8Array): boolean {
    if (this.isClosed) return true;
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes]);
      return false;
    }
    const written = Math.max(0, this.socket.write(bytes));
    if (written === bytes.length) return true;
    this.unsent = bytes.subarray(written);
    return false;
  }

  onSocketOpen(): void {}

  onSocketHandshake(): void {}

  onSocketData(bytes: Buffer): void {
    if (this.other?.send(bytes) === false) this.socket.pause();
  }

  onSocketDrain(): void {
    if (this.unsent !== undefined) {
      const rest = this.unsent;
      this.unsent = undefined;
      if (!this.send(rest)) return;
    }
    if (this.isEnding) this.endSending();
    else this.other?.socket.resume();
  }

  onSocketEnd(): void {
    this.hasEnded = true;
    this.other?.endAfterLastBytes();
    this.closeWhenDone();
  }

  onSocketClose(isReset: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { other } = this;
    if (other === undefined || other.isClosed) this.onClosed();
    else if (isReset) other.socket.terminate();
    else other.endAfterLastBytes(true);
  }

  /** What the other side has sent is passed on before its end is; `isGone`: nor does it read any more. */
  private endAfterLastBytes(isGone = false): void {
    this.isEnding = true;
    if (isGone) this.hasEnded = true;
    if (this.unsent === undefined) this.endSending();
  }

  private endSending(): void {
    if (this.isClosed) return;
    if (this.hasEnded) this.socket.end();
    else this.socket.shutdown();
  }

  private closeWhenDone(): void {
    if (this.isEnding && this.unsent === undefined) this.socket.end();
  }
}
