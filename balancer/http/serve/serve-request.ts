import type { Server } from "bun";
import type { ByteBuffer } from "../../byte-buffer.ts";
import type { LoggedRequest } from "../../observe/logged.ts";
import type { TraceParent } from "../../observe/tracing/trace-parent.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { Mirror } from "../exchange/mirror.ts";
import { type BodyLength, type RequestLine, writeRequestHead } from "../message/request-head.ts";
import { type Destination, mirrorKeyOf, type RoutePlan } from "../routing/route-plan.ts";
import { stripPrefix } from "../routing/router.ts";
import { fieldsForTarget, upgradeLines } from "../websocket/handshake.ts";
import type { TunnelSocket } from "../websocket/tunnel.ts";
import type { BodyStream } from "./body-stream.ts";
import type { ServeContext } from "./serve-context.ts";

/** One request as `Bun.serve` has handed it over, and all that is known of it. */
export class ServeRequest implements ForwardRequest, LoggedRequest, RequestLine {
  readonly method: string;
  /** Path and query as the target shall see them. */
  readonly target: string;
  readonly group: string;
  readonly key: string | undefined;
  /** What the client's cookie says of its session, true or not. */
  readonly session: string | undefined;
  /** Who gets copies. */
  readonly mirror: Mirror | undefined;
  readonly mirrorKey: string | undefined;
  readonly traceParent: TraceParent | undefined;
  bodyLength: BodyLength = undefined;
  /** A body that was read before a target is chosen. */
  content: Uint8Array | undefined = undefined;
  /** A body that is still coming. */
  body: BodyStream | undefined = undefined;
  /** The key sent to the target, when the client asked for a WebSocket. */
  webSocketKey: string | undefined = undefined;
  traceparentAt: number | undefined = undefined;
  private isClientAwaited = false;
  private isIdleTimeoutChanged = false;

  constructor(
    private readonly context: ServeContext,
    readonly request: Request,
    readonly server: Server<TunnelSocket>,
    readonly host: string,
    /** Path and query as they came. */
    readonly path: string,
    readonly peerAddress: string,
    readonly isPeerTrusted: boolean,
    /** The client's own address. */
    readonly client: string,
    route: RoutePlan,
    { service, key, session }: Destination,
  ) {
    const { method, headers } = request;
    this.method = method;
    this.target = route.stripPrefix && path !== "*" ? stripPrefix(route.path, path) : path;
    this.group = service.group.name;
    this.key = key;
    this.session = session;
    this.mirror = route.mirror;
    this.mirrorKey = mirrorKeyOf(route, client, headers);
    this.traceParent = context.traceParentOf(headers);
  }

  get version(): string {
    return this.context.version;
  }

  get scheme(): "http" | "https" {
    return this.context.rules.scheme;
  }

  get ownHost(): string {
    return this.context.rules.ownHost;
  }

  get isTraced(): boolean {
    return this.context.recorder.isTracing;
  }

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
    this.setIdleTimeout(isAwaited ? this.context.idleTimeoutSeconds : 0);
  }

  /** The answer takes a while: now the deadlines of the exchange count, not the client's. */
  awaitAnswer(): void {
    if (!this.isClientAwaited) this.setIdleTimeout(0);
  }

  /** The connection is idle again. */
  end(): void {
    if (this.isIdleTimeoutChanged) this.setIdleTimeout(this.context.idleTimeoutSeconds);
  }

  private setIdleTimeout(seconds: number): void {
    this.isIdleTimeoutChanged = true;
    this.server.timeout(this.request, seconds);
  }
}
