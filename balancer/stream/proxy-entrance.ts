import { type CertificateAndKey, startTls } from "../transport/accept-sockets.ts";
import { Deadline, type Expiring } from "../transport/deadlines.ts";
import { toKeep } from "../transport/received.ts";
import type { SocketEvents } from "../transport/socket-events.ts";
import type { StreamSocket } from "../transport/stream-socket.ts";
import { readProxyHeader } from "./proxy-header.ts";
import { TcpConnection } from "./tcp-connection.ts";
import type { Client, ListedConnection, TcpContext } from "./tcp-context.ts";

type Phase = "header" | "handshake" | "over";

/**
 * A connection until it is known whose it is: a PROXY protocol header, then, with a certificate, a TLS handshake. A
 * {@link TcpConnection} takes its place.
 */
export class ProxyEntrance implements ListedConnection, SocketEvents, Expiring {
  readonly deadline = new Deadline();
  readonly target = undefined;
  readonly bytesIn = 0;
  readonly bytesOut = 0;
  readonly startedAtMs: number;
  fault: string | undefined;
  private phase: Phase = "header";
  private early: Buffer | undefined;

  /** `client` is who has connected; undefined where nothing depends on it. */
  constructor(
    private socket: StreamSocket,
    private readonly context: TcpContext,
    public client: Client | undefined,
    private readonly certificate: CertificateAndKey | undefined,
  ) {
    this.startedAtMs = context.clock.now();
    socket.data = this;
  }

  /** Waits for the header. */
  start(): void {
    this.context.entranceDeadlines.add(this);
  }

  close(fault: string): void {
    if (this.phase === "over") return;
    this.phase = "over";
    this.fault = fault;
    this.early = undefined;
    this.deadline.cancel(this);
    this.socket.terminate();
    this.context.closed(this, this.context.clock.now());
  }

  expire(): void {
    if (this.phase === "header") this.close("no PROXY protocol header in time");
    else this.handshakeFailed("not in time");
  }

  onSocketOpen(): void {}

  onSocketData(bytes: Buffer, from: number, to: number): void {
    if (this.phase !== "header") return;
    const come = toKeep(bytes, from, to);
    const early = this.early === undefined ? come : Buffer.concat([this.early, come]);
    const reading = readProxyHeader(early);
    if (reading.kind === "invalid") this.close(`PROXY protocol: ${reading.fault}`);
    else if (reading.kind === "more") this.early = early;
    else {
      this.early = undefined;
      this.client = reading.addresses ?? this.client;
      const rest = reading.length < early.length ? early.subarray(reading.length) : undefined;
      if (this.certificate === undefined) this.pass(rest);
      else this.shakeHands(this.certificate, rest);
    }
  }

  onSocketHandshake(isDone: boolean, error: Error | null): void {
    if (this.phase !== "handshake") return;
    if (isDone) this.pass(undefined);
    else this.handshakeFailed(error?.message ?? "not completed");
  }

  onSocketDrain(): void {}

  onSocketEnd(): void {
    if (this.phase === "header") this.close("the client ended before its PROXY protocol header did");
    else this.handshakeFailed("the client ended it");
  }

  onSocketClose(isReset: boolean): void {
    const what = `the client ${isReset ? "reset" : "closed"} the connection`;
    if (this.phase === "header") this.close(`${what} before its PROXY protocol header ended`);
    else this.handshakeFailed(what);
  }

  private shakeHands(certificate: CertificateAndKey, early: Buffer | undefined): void {
    this.phase = "handshake";
    this.context.entranceDeadlines.add(this);
    this.socket = startTls(this.socket, certificate, early, this);
  }

  private handshakeFailed(why: string): void {
    if (this.phase !== "handshake") return;
    this.context.handshakeFailed();
    this.close(`TLS handshake: ${why}`);
  }

  private pass(early: Buffer | undefined): void {
    const { context, socket, client, startedAtMs } = this;
    this.phase = "over";
    this.deadline.cancel(this);
    const connection = new TcpConnection(socket, context, client, startedAtMs);
    context.connections.replace(this, connection);
    connection.start(early);
  }
}
