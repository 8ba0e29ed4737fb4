import type { Socket } from "bun";
import type { SocketEvents } from "../../socket-events.ts";

/** A peer that has vanished without a word is found out after about this and the system's own retries. */
const keepAliveMs = 60_000;
/** How long a side may take for what it was sent before the other one was gone. */
const lastBytesTimeoutSeconds = 10;

/**
 * Joins two sockets byte by byte, each at the pace of the slower one. A side that sends no more closes only that
 * direction; when one side is gone, so is the tunnel. `onClosed` is called once.
 */
export class Tunnel {
  private readonly client: TunnelSide;
  private readonly target: TunnelSide;
  private isClosed = false;

  constructor(
    client: Socket<SocketEvents>,
    target: Socket<SocketEvents>,
    private readonly onClosed: () => void,
  ) {
    this.client = new TunnelSide(client, this);
    this.target = new TunnelSide(target, this);
    this.client.join(this.target);
    this.target.join(this.client);
  }

  /** Passes on what had come before the tunnel was open. */
  sendFirst(unsent: Uint8Array | undefined, toClient: Uint8Array | undefined, toTarget: Uint8Array): void {
    if (unsent !== undefined) this.client.send(unsent);
    if (toClient !== undefined) this.client.send(toClient);
    this.target.send(toTarget);
  }

  /** Ends both sides at once. */
  close(): void {
    this.client.cut();
    this.target.cut();
    this.ended();
  }

  /** One side is gone, or both have sent all. */
  ended(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClosed();
  }
}

class TunnelSide implements SocketEvents {
  private other: TunnelSide | undefined;
  private unsent: Uint8Array | undefined;
  /** The other side sends no more: when its last bytes are sent, this direction ends. */
  private isEnding = false;
  /** This side sends no more. */
  private hasEnded = false;
  private isGone = false;

  constructor(
    private readonly socket: Socket<SocketEvents>,
    private readonly tunnel: Tunnel,
  ) {}

  /** From now on the socket's events come here. */
  join(other: TunnelSide): void {
    this.other = other;
    this.socket.data = this;
    this.socket.setKeepAlive(true, keepAliveMs);
    // It may have been paused for what came before the tunnel.
    this.socket.resume();
  }

  /** Sends bytes; false when they have to wait, and the side they come from with them. */
  send(bytes: Uint8Array): boolean {
    if (this.isGone || bytes.length === 0) return true;
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes]);
      return false;
    }
    const written = Math.max(0, this.socket.write(bytes));
    if (written === bytes.length) return true;
    this.unsent = bytes.subarray(written);
    return false;
  }

  cut(): void {
    this.isGone = true;
    this.unsent = undefined;
    this.socket.terminate();
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
    if (this.isEnding && this.unsent === undefined) this.leave();
  }

  onSocketClose(isReset: boolean): void {
    if (this.isGone) return;
    this.isGone = true;
    if (isReset) this.other?.leave();
    else this.other?.endAfterLastBytes();
    this.tunnel.ended();
  }

  private endAfterLastBytes(): void {
    this.isEnding = true;
    if (this.unsent === undefined) this.endSending();
    else if (this.other?.isGone === true) this.socket.timeout(lastBytesTimeoutSeconds);
  }

  private endSending(): void {
    if (this.hasEnded || this.other?.isGone === true) this.leave();
    else this.socket.shutdown();
  }

  /** Closes in order; whatever the peer still does is of no interest. */
  private leave(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.unsent = undefined;
    this.socket.end();
    if (this.other?.isGone === true) this.tunnel.ended();
  }
}
