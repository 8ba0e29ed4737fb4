import { RelaySide, type SideOwner } from "../../transport/relay-side.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";

/** A peer that has vanished without a word is found out after about this and the system's own retries. */
const keepAliveMs = 60_000;

/** A client and a target that speak another protocol from now on, byte by byte. */
export class Tunnel implements SideOwner {
  private readonly client: RelaySide;
  private readonly target: RelaySide;
  private isClosed = false;

  /** `onClosed` is called once. */
  constructor(
    client: StreamSocket,
    target: StreamSocket,
    private readonly onClosed: () => void,
  ) {
    this.client = new RelaySide(this, client);
    this.target = new RelaySide(this, target);
    this.client.join(this.target);
    client.data = this.client;
    target.data = this.target;
    client.setKeepAlive(true, keepAliveMs);
    target.setKeepAlive(true, keepAliveMs);
  }

  /** Passes on what had come before the tunnel was open, and begins. */
  start(unsent: Uint8Array | undefined, toClient: Uint8Array | undefined, toTarget: Uint8Array): void {
    if (unsent !== undefined) this.client.send(unsent);
    if (toClient !== undefined && toClient.length > 0) this.client.send(toClient);
    if (toTarget.length > 0) this.target.send(toTarget);
    this.client.flow();
    this.target.flow();
  }

  /** Ends both sides at once. */
  close(): void {
    this.client.cut();
    this.target.cut();
    this.onBothGone();
  }

  onBothGone(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClosed();
  }

  /** The other side ends in order: a reset here says nothing of it. */
  onSideReset(): void {}

  // Both sides are connected and joined from the start, so none of these comes.
  onSideOpen(): void {}
  onEarlyBytes(): void {}
  onLoneSideGone(): void {}
}
