import type { ByteBuffer } from "../../byte-buffer.ts";
import type { RateLimiter } from "../../limits/rate-limiter.ts";
import type { LoggedRequest } from "../../observe/logged.ts";
import type { TraceParent } from "../../observe/tracing/trace-parent.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { Mirror } from "../exchange/mirror.ts";
import type { BodyLength } from "../message/request-head.ts";
import type { Destination } from "../routing/route-plan.ts";
import type { OwnAnswer } from "./own-answer.ts";
import type { RequestScan } from "./request-scan.ts";
import type { TargetHead } from "./target-head.ts";

/** How a request goes to a target. */
export interface Forwarding extends Destination, TargetHead {
  /** Who gets copies. */
  readonly mirror: Mirror | undefined;
  readonly mirrorKey: string | undefined;
  /** How often each client may ask. */
  readonly limiter: RateLimiter | undefined;
  /** The protocols that the client would switch to. */
  readonly upgrade: string | undefined;
}

/** How the balancer answers by itself. */
interface OwnAnswering {
  readonly answer: () => OwnAnswer;
  readonly isLogged: boolean;
}

/**
 * A request's head with all that follows from it: where it goes and the bytes to send there. Holds nothing of one exchange,
 * so that a connection can use it again when the same head comes again, as it mostly does.
 */
export class PreparedRequest implements ForwardRequest, LoggedRequest {
  readonly method: string;
  readonly host: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly isVersion11: boolean;
  /** The client means to send another request on the connection. */
  readonly keepAlive: boolean;
  readonly bodyLength: BodyLength;
  readonly expectsContinue: boolean;
  readonly body = undefined;
  readonly contentBytes = 0;
  readonly referer: string | null;
  readonly userAgent: string | null;
  /** Kept once the same head has come again: it may come often. */
  encoded: Uint8Array | undefined;

  constructor(
    scan: RequestScan,
    /** The client's own address. */
    readonly client: string,
    readonly forwarding: Forwarding | undefined,
    readonly own: OwnAnswering | undefined,
    readonly traceParent: TraceParent | undefined,
    hasAgent: boolean,
    /** All of it follows from the same head whenever that comes again. */
    readonly isLasting: boolean,
  ) {
    this.referer = hasAgent ? scan.fields.get("referer") : null;
    this.userAgent = hasAgent ? scan.fields.get("user-agent") : null;
    this.method = scan.method;
    this.host = scan.host;
    this.path = scan.target;
    this.isVersion11 = scan.isVersion11;
    this.keepAlive = scan.keepAlive;
    this.bodyLength = scan.bodyLength;
    this.expectsContinue = scan.expectsContinue;
  }

  get version(): string {
    return this.isVersion11 ? "HTTP/1.1" : "HTTP/1.0";
  }

  get bytes(): Uint8Array | undefined {
    // With a trace each attempt's head is another.
    return this.traceparentAt === undefined ? this.forwarding?.head : undefined;
  }

  get traceparentAt(): number | undefined {
    return this.forwarding?.traceparentAt;
  }

  get group(): string | undefined {
    return this.forwarding?.service.group.name;
  }

  get key(): string | undefined {
    return this.forwarding?.key;
  }

  get session(): string | undefined {
    return this.forwarding?.session;
  }

  get isUpgrade(): boolean {
    return this.forwarding?.upgrade !== undefined;
  }

  writeTo(out: ByteBuffer): void {
    if (this.forwarding !== undefined) out.append(this.forwarding.head);
  }
}

/** What of a request its connection knows. */
export interface Peer {
  readonly address: string;
  readonly isTrusted: boolean;
}
