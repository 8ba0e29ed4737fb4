import { ByteBuffer } from "../../byte-buffer.ts";
import { systemRandom } from "../../cluster/random.ts";
import { isInNetworks, networksOf } from "../../config/cidr.ts";
import type { RateLimiter } from "../../limits/rate-limiter.ts";
import type { LoggedRequest } from "../../observe/logged.ts";
import { parseTraceparent, type TraceParent } from "../../observe/tracing/trace-parent.ts";
import { challengeAnswer, challengeContentType } from "../acme-challenge.ts";
import type { EdgeOptions } from "../edge.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { Mirror } from "../exchange/mirror.ts";
import { isNamedIn } from "../message/fields.ts";
import {
  type BodyLength,
  clientAddress,
  ownHostOf,
  type RequestLine,
  writeFraming,
  writeHops,
  writeRequestLine,
  writeTraceparentSpace,
} from "../message/request-head.ts";
import {
  type Destination,
  destinationOf,
  mirrorKeyOf,
  planRoutes,
  type RoutePlan,
} from "../routing/route-plan.ts";
import { createRouter, type Router, stripPrefix } from "../routing/router.ts";
import { TrafficSplit } from "../routing/traffic-split.ts";
import { type FieldKind, kinds } from "./field-kinds.ts";
import { jsonAnswer, type OwnAnswer, ownAnswer } from "./own-answer.ts";
import type { RequestScan } from "./request-scan.ts";

/** How a request goes to a target. */
export interface Forwarding extends Destination {
  /** The head to send. */
  readonly head: Uint8Array;
  /** Where in it the value of `traceparent` stands; undefined where nothing is traced. */
  readonly traceparentAt: number | undefined;
  /** Who gets copies. */
  readonly mirror: Mirror | undefined;
  readonly mirrorKey: string | undefined;
  /** How often each client may ask. */
  readonly limiter: RateLimiter | undefined;
  /** Another request with the same head may go to another group. */
  readonly isDrawn: boolean;
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
  ) {
    this.referer = hasAgent ? scan.get("referer") : null;
    this.userAgent = hasAgent ? scan.get("user-agent") : null;
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

/** Where each head is put together. */
const outgoing = new ByteBuffer(4096);
/** By {@link passing}: a list for each request would be garbage for each. */
const passLists: readonly (readonly FieldKind[])[] = Array.from({ length: 16 }, (_, bits) => [
  ...(bits & 1 ? [kinds.forwarded] : []),
  ...(bits & 2 ? [kinds.trailer] : []),
  ...(bits & 4 ? [kinds.traceparent] : []),
  ...(bits & 8 ? [kinds.tracestate] : []),
]);

/** Finds out where a listener's requests go. */
export class RequestPlanner {
  private readonly router: Router<RoutePlan>;
  private readonly scheme: "http" | "https";
  private readonly ownHost: string;
  private readonly isTrusted: (address: string) => boolean;

  constructor(private readonly options: EdgeOptions) {
    const { listener, certificates, services, limits, random = systemRandom() } = options;
    this.router = createRouter(planRoutes(listener.routes, services, limits?.routes ?? [], random));
    this.scheme = certificates.length > 0 ? "https" : "http";
    this.ownHost = ownHostOf(listener);
    const networks = networksOf(listener.trustedProxies);
    this.isTrusted = (address) => isInNetworks(address, networks);
  }

  peer(address: string): Peer {
    return { address, isTrusted: this.isTrusted(address) };
  }

  prepare(scan: RequestScan, peer: Peer): PreparedRequest {
    const { listener, statusDocument, recorder, challenges } = this.options;
    const { hasAgent, isTracing } = recorder;
    const parent = isTracing ? traceParentOf(scan) : undefined;
    const client = this.clientOf(scan, peer);
    const answered = (answer: () => OwnAnswer, isLogged = true) =>
      new PreparedRequest(scan, client, undefined, { answer, isLogged }, parent, hasAgent);
    const queryAt = scan.target.indexOf("?");
    const path = queryAt < 0 ? scan.target : scan.target.slice(0, queryAt);
    if (path === listener.status) return answered(() => jsonAnswer(statusDocument()), false);
    const content = challenges && challengeAnswer(challenges, path);
    if (content !== undefined)
      return answered(() => ({ status: 200, contentType: challengeContentType, content }), false);
    const route = this.router.match(scan.host, path === "*" ? "/" : path);
    if (route === undefined) return answered(() => ownAnswer(404, `no route for ${path}`));
    if (typeof scan.bodyLength === "number" && scan.bodyLength > listener.maxBodyBytes) {
      const reason = `found a body of ${scan.bodyLength} bytes, expected at most ${listener.maxBodyBytes}`;
      return answered(() => ownAnswer(413, reason));
    }
    const upgrade = upgradeOf(scan);
    const { head, traceparentAt } = this.headFor(scan, peer, route, upgrade, parent);
    const forwarding = {
      ...destinationOf(route, client, scan),
      head,
      traceparentAt,
      upgrade,
      mirror: route.mirror,
      limiter: route.limiter,
      mirrorKey: mirrorKeyOf(route, client, scan),
      isDrawn: route.to instanceof TrafficSplit && route.to.isDrawn,
    };
    return new PreparedRequest(scan, client, forwarding, undefined, parent, hasAgent);
  }

  private clientOf(scan: RequestScan, peer: Peer): string {
    if (!peer.isTrusted) return peer.address;
    return clientAddress(peer.address, scan.get("x-forwarded-for"), this.isTrusted);
  }

  private headFor(
    scan: RequestScan,
    peer: Peer,
    route: RoutePlan,
    upgrade: string | undefined,
    traceParent: TraceParent | undefined,
  ): Pick<Forwarding, "head" | "traceparentAt"> {
    const { isTracing } = this.options.recorder;
    const line: RequestLine = {
      method: scan.method,
      target: route.stripPrefix && scan.target !== "*" ? stripPrefix(route.path, scan.target) : scan.target,
      host: scan.host,
      ownHost: this.ownHost,
      peerAddress: peer.address,
      scheme: this.scheme,
      isPeerTrusted: peer.isTrusted,
      isTraced: isTracing,
      traceParent,
    };
    outgoing.clear();
    writeRequestLine(outgoing, line);
    const traceparentAt = isTracing ? writeTraceparentSpace(outgoing) : undefined;
    scan.writePassing(outgoing, passing(scan, line));
    if (upgrade !== undefined) outgoing.latin1(`connection: Upgrade\r\nupgrade: ${upgrade}\r\n`);
    else if (takesTrailers(scan)) outgoing.latin1("connection: TE\r\nte: trailers\r\n");
    writeFraming(outgoing, scan.bodyLength);
    writeHops(outgoing, line, {
      via: scan.valueOf(kinds.via),
      forwardedFor: scan.valueOf(kinds.forwardedFor),
      forwardedProto: scan.valueOf(kinds.forwardedProto),
      forwardedHost: scan.valueOf(kinds.forwardedHost),
    });
    return { head: outgoing.copy(), traceparentAt };
  }
}

/** Kinds of fields that pass besides the ordinary ones. */
function passing(scan: RequestScan, line: RequestLine): readonly FieldKind[] {
  // RFC 7239's form of the X-Forwarded-* claims: from a stranger they are as worthless.
  const forwarded = line.isPeerTrusted ? 1 : 0;
  const trailer = scan.bodyLength === "chunked" ? 2 : 0;
  // Each attempt has its own where there are traces; without them both are fields like any other.
  const traceparent = line.isTraced ? 0 : 4;
  const tracestate = line.isTraced && line.traceParent === undefined ? 0 : 8;
  return passLists[forwarded + trailer + traceparent + tracestate] ?? [];
}

function traceParentOf(scan: RequestScan): TraceParent | undefined {
  return parseTraceparent(scan.valueOf(kinds.traceparent), scan.valueOf(kinds.tracestate));
}

/** Says the client itself that it takes trailers? Only then the target need not leave them out (RFC 9110 §10.1.4). */
function takesTrailers(scan: RequestScan): boolean {
  return (
    scan.connection !== undefined &&
    isNamedIn(scan.connection, "te") &&
    isNamedIn(scan.valueOf(kinds.te), "trailers")
  );
}

/**
 * The protocols to switch to, without h2c: whoever tunnels that by a request for one path can ask for every other one
 * behind the balancer's back. A body would have to come first, and nobody sends one.
 */
function upgradeOf(scan: RequestScan): string | undefined {
  if (scan.upgrade === undefined || (scan.bodyLength !== undefined && scan.bodyLength !== 0))
    return undefined;
  const kept = scan.upgrade
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "" && !/^h2c?$/i.test(protocol));
  return kept.length > 0 ? kept.join(", ") : undefined;
}
