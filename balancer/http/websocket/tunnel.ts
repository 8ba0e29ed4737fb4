import type { ServerWebSocket, WebSocketHandler } from "bun";
import { toKeep } from "../../transport/received.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import { clientFrame, closePayload, FrameReader, maxMessageBytes, opcodes } from "./frames.ts";

/** What a client's WebSocket carries in `data`. */
export interface TunnelSocket {
  readonly tunnel: Tunnel;
}

/** Codes that say how a connection ended but never stand in a frame (RFC 6455 §7.4.1). */
const unsendableCodes = new Set([1005, 1006, 1015]);

/** How long a target may take for what it was sent before the end. */
const lastBytesTimeoutSeconds = 10;

/** A WebSocket through the balancer: message by message, each side at the pace of the slower one. */
export class Tunnel implements SocketEvents {
  private readonly frames = new FrameReader();
  private client: ServerWebSocket<TunnelSocket> | undefined;
  private unsent: Buffer | undefined;
  private isClosed = false;

  constructor(
    private readonly target: StreamSocket,
    /** What the target sent right behind its handshake. */
    private leftover: Uint8Array | undefined,
    private readonly onClosed: () => void,
  ) {
    target.data = this;
  }

  /** The client's side is open. */
  attach(client: ServerWebSocket<TunnelSocket>): void {
    this.client = client;
    if (this.isClosed) client.close(1011, "the target left");
    const early = this.leftover;
    this.leftover = undefined;
    if (early !== undefined && early.length > 0) this.fromTarget(Buffer.from(early));
  }

  fromClient(opcode: number, payload: Uint8Array): void {
    if (!this.sendToTarget(clientFrame(opcode, payload))) this.client?.pause();
  }

  /** The client took what was held back for it. */
  clientDrained(): void {
    if (!this.isClosed) this.target.resume();
  }

  clientClosed(code: number, reason: string): void {
    if (this.isClosed) return;
    this.sendToTarget(
      clientFrame(opcodes.close, unsendableCodes.has(code) ? Buffer.alloc(0) : closePayload(code, reason)),
    );
    this.close();
  }

  /** Ends both sides; the second call does nothing. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // What is still held back comes before the end, if the target takes it in time.
    if (this.unsent === undefined) this.target.end();
    else this.target.timeout(lastBytesTimeoutSeconds);
    this.onClosed();
  }

  onSocketOpen(): void {}

  onSocketHandshake(): void {}

  onSocketData(bytes: Buffer, from: number, to: number): void {
    this.fromTarget(toKeep(bytes, from, to));
  }

  private fromTarget(bytes: Buffer): void {
    if (this.isClosed) return;
    if (this.client === undefined) {
      this.leftover = Buffer.concat([this.leftover ?? Buffer.alloc(0), bytes]);
      return;
    }
    if (this.frames.push(bytes, this)) return;
    const fault = this.frames.fault;
    this.client.close(fault?.code, fault?.reason);
    this.sendToTarget(clientFrame(opcodes.close, closePayload(fault?.code ?? 1002, fault?.reason ?? "")));
    this.close();
  }

  onSocketDrain(): void {
    if (this.unsent !== undefined) {
      const rest = this.unsent;
      this.unsent = undefined;
      if (!this.sendToTarget(rest)) return;
    }
    if (this.isClosed) this.target.end();
    else this.client?.resume();
  }

  onSocketEnd(): void {
    this.target.end();
    this.onSocketClose();
  }

  onSocketClose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.client?.close(1011, "the target left");
    this.onClosed();
  }

  onMessage(opcode: number, payload: Buffer): void {
    const sent =
      opcode === opcodes.text
        ? this.client?.sendText(payload.toString("utf8"))
        : this.client?.sendBinary(payload);
    // -1: held back, the client is slow.
    if (sent === -1) this.target.pause();
  }

  onControl(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) this.client?.ping(payload);
    else if (opcode === opcodes.pong) this.client?.pong(payload);
    else {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.client?.close(code, payload.subarray(2).toString("utf8"));
      this.sendToTarget(clientFrame(opcodes.close, payload));
      this.close();
    }
  }

  private sendToTarget(bytes: Buffer): boolean {
    if (this.unsent !== undefined) {
      this.unsent = Buffer.concat([this.unsent, bytes]);
      return false;
    }
    const written = Math.max(0, this.target.write(bytes));
    if (written === bytes.length) return true;
    this.unsent = bytes.subarray(written);
    return false;
  }
}

/** The handlers of all clients' WebSockets of a listener. */
export const tunnelHandlers: WebSocketHandler<TunnelSocket> = {
  maxPayloadLength: maxMessageBytes,
  // Past this, `send` says that the client is slow; the target is paused long before it is reached.
  backpressureLimit: maxMessageBytes * 2,
  open: (client) => client.data.tunnel.attach(client),
  message(client, message) {
    if (typeof message === "string")
      client.data.tunnel.fromClient(opcodes.text, Buffer.from(message, "utf8"));
    else client.data.tunnel.fromClient(opcodes.binary, message);
  },
  drain: (client) => client.data.tunnel.clientDrained(),
  // A client's ping is answered by Bun; a pong may be what the target waits for.
  pong: (client, payload) => client.data.tunnel.fromClient(opcodes.pong, payload),
  close: (client, code, reason) => client.data.tunnel.clientClosed(code, reason),
};
