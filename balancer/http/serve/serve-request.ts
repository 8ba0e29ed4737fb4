import type { Server } from "bun";
import type { ByteBuffer } from "../../byte-buffer.ts";
import type { LoggedRequest } from "../../observe/logged.ts";
import type { TraceParent } from "../../observe/tracing/trace-parent.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { Mirror } from "../exchange/mirror.ts";
import { type BodyLength, type RequestLine, writeRequestHead } from "../message/request-head.ts";
import { fieldsForTarget, upgradeLines } from "../websocket/handshake.ts";
import type { TunnelSocket } from "../websocket/tunnel.ts";
import type { BodyStream } from "./body-stream.ts";

/** One request as `Bun.serve` has handed it over, and all that is known of it. */
export class ServeRequest implements ForwardRequest, LoggedRequest, RequestLine {
  bodyLength: BodyLength = undefined;
  /** A body that was read before a target is chosen. */
  content: Uint8Array | undefined = undefined;
  /** A body that is still coming. */
  body: BodyStream | undefined = undefined;
  /** What the client's cookie says of its session, true or not. */
  session: string | undefined = undefined;
  /** Who gets copies. */
  mirror: Mirror | undefined = undefined;
  mirrorKey: string | undefined = undefined;
  /** The key sent to the target, when the client asked for a WebSocket. */
  webSocketKey: string | undefined = undefined;
  traceparentAt: number | undefined = undefined;
  private isClientAwaited = false;
  private isIdleTimeoutChanged = false;

  constructor(
    readonly request: Request,
    readonly server: Server<TunnelSocket>,
    /** Of the listener; how long a client's connection may be idle. */
    private readonly idleTimeoutSeconds: number,
    readonly method: string,
    /** Such as `HTTP/1.1`; `HTTP` where it may be another, which `Bun.serve` does not tell. */
    readonly version: string,
    readonly scheme: "http" | "https",
    readonly host: string,
    readonly ownHost: string,
    /** Path and query as they came. */
    readonly path: string,
    /** Path and query as the target shall see them. */
    readonly target: string,
    readonly group: string,
    readonly peerAddress: string,
    readonly isPeerTrusted: boolean,
    /** The client's own address. */
    readonly client: string,
    readonly key: string | undefined,
    readonly isTraced: boolean,
    readonly traceParent: TraceParent | undefined,
  ) {}

  get isUpgrade(): boolean {
    return this.webSocketKey !== undefined;
  }

  get referer(): string | null {
    return this.request.headers.get("referer");
  }

  get userAgent(): string | null {
    return this.request.headers.get("user-agent");
  }

  get contentBytes(): number {
    return this.content?.length ?? 0;
  }

  writeTo(out: ByteBuffer): void {
    const { headers } = this.request;
    this.traceparentAt =
      this.webSocketKey === undefined
        ? writeRequestHead(out, this, headers, this.bodyLength)
        : writeRequestHead(out, this, fieldsForTarget(headers), undefined, upgradeLines(this.webSocketKey));
    if (this.content !== undefined) out.append(this.content);
  }

  /** Whether the next bytes have to come from the client: as long as they do, its connection may time out. */
  awaitClient(isAwaited: boolean): void {
    this.isClientAwaited = isAwaited;
    this.setIdleTimeout(isAwaited ? this.idleTimeoutSeconds : 0);
  }

  /** The answer takes a while: now the deadlines of the exchange count, not the client's. */
  awaitAnswer(): void {
    if (!this.isClientAwaited) this.setIdleTimeout(0);
  }

  /** The connection is idle again. */
  end(): void {
    if (this.isIdleTimeoutChanged) this.setIdleTimeout(this.idleTimeoutSeconds);
  }

  private setIdleTimeout(seconds: number): void {
    this.isIdleTimeoutChanged = true;
    this.server.timeout(this.request, seconds);
  }
}
