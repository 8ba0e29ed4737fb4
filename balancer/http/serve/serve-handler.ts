import type { Server } from "bun";
import { systemRandom } from "../../cluster/random.ts";
import type { Target } from "../../cluster/target.ts";
import { isInNetworks, networksOf } from "../../config/cidr.ts";
import type { HttpListenerConfig } from "../../config/schema.ts";
import type { RequestRecorder } from "../../observe/request-recorder.ts";
import { parseTraceparent, type TraceParent } from "../../observe/tracing/trace-parent.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import { challengeAnswer, challengeContentType } from "../acme-challenge.ts";
import { BodyPace } from "../body-pace.ts";
import type { EdgeOptions } from "../edge.ts";
import { Exchange } from "../exchange/exchange.ts";
import { missingDate } from "../message/http-date.ts";
import { type BodyLength, clientAddress, ownHostOf } from "../message/request-head.ts";
import type { ResponseHead } from "../message/response-head.ts";
import { rateRefusal } from "../rate-refusal.ts";
import {
  destinationOf,
  mirrorKeyOf,
  planRoutes,
  type RoutePlan,
  soleGroupOf,
} from "../routing/route-plan.ts";
import { createRouter, type Router, stripPrefix } from "../routing/router.ts";
import type { Service } from "../service/service.ts";
import { isWebSocketRequest, newKey } from "../websocket/handshake.ts";
import type { TunnelSocket } from "../websocket/tunnel.ts";
import { answerHeaders, closing, ownAnswer } from "./answer.ts";
import { BodyRest } from "./body-rest.ts";
import { BodyStream } from "./body-stream.ts";
import { RequestFaults } from "./request-faults.ts";
import { type AnswerContext, ServeClient } from "./serve-client.ts";
import { ServeRequest } from "./serve-request.ts";

/** A body up to this long is read before a target is chosen: it can then be sent again. */
const wholeBodyBytes = 65_536;

/** An answer that takes longer than this has its client watched for leaving. */
const watchAfterMs = 20;

/** How long the rest of a body is waited for when its answer is there already, as on the wire edge. */
const restMs = 2000;

/** The longest idle timeout that `Bun.serve` takes. */
const maxIdleTimeoutSeconds = 255;

export function idleTimeoutSeconds({ idleTimeout }: HttpListenerConfig): number {
  return Math.min(maxIdleTimeoutSeconds, Math.ceil(idleTimeout / 1000));
}

/** What of an edge stays or changes whatever its config is. */
export interface EdgePhase {
  readonly isDraining: boolean;
  /** Where HTTP/3 is to be had, unless Bun itself says so. */
  readonly altSvc: string | undefined;
}

/** Answers the requests of one listener under one config. */
export class ServeHandler implements AnswerContext {
  readonly idleTimeoutSeconds: number;
  readonly watchDeadlines: Deadlines;
  readonly writeDeadlines: Deadlines;
  private readonly bodyDeadlines: Deadlines;
  private readonly restDeadlines: Deadlines | undefined;
  private readonly router: Router<RoutePlan>;
  private readonly scheme: "http" | "https";
  private readonly ownHost: string;
  private readonly version: string;
  private readonly isTrusted: (address: string) => boolean;
  private readonly faults: RequestFaults;
  /** Of each target the last head and what came of it: heads mostly differ in the date alone. */
  private readonly lastAnswers = new WeakMap<
    Target,
    { readonly head: ResponseHead; readonly date: string | undefined; readonly headers: Headers }
  >();
  /** With HTTP/2 or 3 a body needs neither a length nor a coding. */
  private readonly mayFrameBodies: boolean;

  constructor(
    private readonly options: EdgeOptions,
    private readonly phase: EdgePhase,
  ) {
    const { listener, certificates, services, limits, random = systemRandom() } = options;
    this.watchDeadlines = new Deadlines(options.clock, watchAfterMs);
    this.writeDeadlines = new Deadlines(options.clock, listener.writeTimeout ?? listener.idleTimeout);
    this.bodyDeadlines = new Deadlines(options.clock, listener.bodyTimeout ?? listener.idleTimeout);
    this.router = createRouter(planRoutes(listener.routes, services, limits?.routes ?? [], random));
    this.scheme = certificates.length > 0 ? "https" : "http";
    this.version = listener.http2 || listener.http3 ? "HTTP" : "HTTP/1.1";
    this.mayFrameBodies = listener.http2 || listener.http3;
    this.restDeadlines = this.mayFrameBodies ? new Deadlines(options.clock, restMs) : undefined;
    this.faults = new RequestFaults(listener);
    this.idleTimeoutSeconds = idleTimeoutSeconds(listener);
    this.ownHost = ownHostOf(listener);
    const networks = networksOf(listener.trustedProxies);
    this.isTrusted = (address) => isInNetworks(address, networks);
  }

  headersOf(head: ResponseHead, target: Target): Headers {
    const last = this.lastAnswers.get(target);
    const date = missingDate(head);
    if (last?.head === head && last.date === date) return last.headers;
    const headers = answerHeaders(head, target, this.options.listener.exposeTarget);
    if (this.phase.altSvc !== undefined) headers.append("alt-svc", this.phase.altSvc);
    this.lastAnswers.set(target, { head, date, headers });
    return headers;
  }

  get isDraining(): boolean {
    return this.phase.isDraining;
  }

  get recorder(): RequestRecorder {
    return this.options.recorder;
  }

  handle(request: Request, server: Server<TunnelSocket>): Response | Promise<Response> | Promise<undefined> {
    const { listener, challenges } = this.options;
    const pathAndQuery = pathOf(request.url);
    const queryAt = pathAndQuery.indexOf("?");
    const path = queryAt < 0 ? pathAndQuery : pathAndQuery.slice(0, queryAt);
    const host = request.headers.get("host") ?? "";
    const fault = this.faults.tooLarge(request, pathAndQuery) ?? this.faults.of(request, host);
    if (fault !== undefined)
      return this.refuse(request, server, host, pathAndQuery, lastAnswer(fault.status, fault.reason));
    if (path === listener.status) return this.lastOfDrain(Response.json(this.options.statusDocument()));
    if (challenges !== undefined) {
      const challenge = challengeAnswer(challenges, path);
      if (challenge !== undefined)
        return this.lastOfDrain(
          new Response(challenge, { headers: { "content-type": challengeContentType } }),
        );
    }
    const isWholeServer = path === "*" && request.method === "OPTIONS";
    const route = this.router.match(host, isWholeServer ? "/" : path);
    const tooOften = this.tooOften(request, server, route);
    if (tooOften !== undefined)
      return this.refuse(request, server, host, pathAndQuery, tooOften, route && soleGroupOf(route));
    if (route === undefined) {
      return this.refuse(request, server, host, pathAndQuery, ownAnswer(404, `no route for ${path}`));
    }
    return this.forward(request, server, host, pathAndQuery, route);
  }

  /** The answer to a client that asks too often. */
  private tooOften(
    request: Request,
    server: Server<TunnelSocket>,
    route: RoutePlan | undefined,
  ): Response | undefined {
    const { limits, clock } = this.options;
    if (limits?.requests === undefined && route?.limiter === undefined) return undefined;
    const peerAddress = server.requestIP(request)?.address ?? "";
    const client = clientAddress(peerAddress, request.headers.get("x-forwarded-for"), this.isTrusted);
    const refusal = rateRefusal([limits?.requests, route?.limiter], client, clock.now());
    if (refusal === undefined) return undefined;
    const response = ownAnswer(429, refusal.reason, refusal.retryAfterSeconds);
    for (const [name, value] of refusal.fields) response.headers.set(name, value);
    return response;
  }

  private forward(
    request: Request,
    server: Server<TunnelSocket>,
    host: string,
    pathAndQuery: string,
    route: RoutePlan,
  ): Promise<Response> | Promise<undefined> {
    const { method, headers } = request;
    const peerAddress = server.requestIP(request)?.address ?? "";
    const isPeerTrusted = this.isTrusted(peerAddress);
    const client = isPeerTrusted
      ? clientAddress(peerAddress, headers.get("x-forwarded-for"), this.isTrusted)
      : peerAddress;
    const { service, key, session } = destinationOf(route, client, headers);
    const served = new ServeRequest(
      request,
      server,
      this.idleTimeoutSeconds,
      method,
      this.version,
      this.scheme,
      host,
      this.ownHost,
      pathAndQuery,
      route.stripPrefix && pathAndQuery !== "*" ? stripPrefix(route.path, pathAndQuery) : pathAndQuery,
      service.group.name,
      peerAddress,
      isPeerTrusted,
      client,
      key,
      this.recorder.isTracing,
      this.traceParentOf(headers),
    );
    served.session = session;
    served.mirror = route.mirror;
    served.mirrorKey = mirrorKeyOf(route, client, headers);
    const length = this.bodyLength(request);
    served.bodyLength = length;
    if (typeof length === "number" && length > 0 && length <= wholeBodyBytes) {
      return this.exchangeWhole(served, service);
    }
    if ((length === "chunked" || (length !== undefined && length > 0)) && request.body !== null) {
      const { bodyDeadlines, restDeadlines } = this;
      const { clock, listener } = this.options;
      const pace = new BodyPace(clock, listener.minBodyRate);
      served.body = new BodyStream(
        request.body,
        length === "chunked",
        served,
        bodyDeadlines,
        pace,
        listener.maxBodyBytes,
        restDeadlines,
      );
    } else if (isWebSocketRequest(method, headers)) {
      served.webSocketKey = newKey();
    }
    return this.exchange(served, service);
  }

  private traceParentOf(headers: Headers): TraceParent | undefined {
    if (!this.recorder.isTracing) return undefined;
    return parseTraceparent(headers.get("traceparent") ?? "", headers.get("tracestate") ?? "");
  }

  /** Logs an answer for which no target was asked. */
  private refuse(
    request: Request,
    server: Server<TunnelSocket>,
    host: string,
    path: string,
    response: Response,
    group?: string,
  ): Response | Promise<Response> {
    const { method, headers } = request;
    const peerAddress = server.requestIP(request)?.address ?? "";
    const client = clientAddress(peerAddress, headers.get("x-forwarded-for"), this.isTrusted);
    const referer = headers.get("referer");
    const userAgent = headers.get("user-agent");
    const { version } = this;
    const traceParent = this.traceParentOf(headers);
    this.recorder.recordOwn(
      { client, method, host, path, version, group, referer, userAgent, traceParent },
      response.status,
    );
    return this.afterBody(request, this.lastOfDrain(response));
  }

  /** The answer, once the body that nobody wants is out of its way. */
  private afterBody(request: Request, response: Response): Response | Promise<Response> {
    if (this.restDeadlines === undefined || this.bodyLength(request) === undefined || request.body === null)
      return response;
    return new BodyRest(request.body.getReader(), this.restDeadlines).over.then(() => response);
  }

  private lastOfDrain(response: Response): Response {
    return this.isDraining ? closing(response) : response;
  }

  /** Reads a short body first: the request can then be sent again. */
  private async exchangeWhole(served: ServeRequest, service: Service): Promise<Response> {
    try {
      served.content = await served.request.bytes();
    } catch {
      // The client left in the middle of its own request; nobody will see the answer.
      return ownAnswer(400, "the request broke off");
    }
    return this.exchange(served, service);
  }

  private exchange(served: ServeRequest, service: Service): Promise<Response> {
    const promise = new Promise(captureResolve);
    const client = new ServeClient(this, served, capturedResolve);
    const exchange = new Exchange(service, served, client);
    client.follow(exchange);
    served.mirror?.offer(served, served.mirrorKey, exchange.trace);
    // `undefined` is what Bun wants after an upgrade, which the type of `fetch` does not say of promises.
    return promise as Promise<Response>;
  }

  /** How the body is framed towards the target; undefined when there is none. */
  private bodyLength(request: Request): BodyLength {
    // Bun drops what stands behind the head of a GET.
    if (request.method === "GET" || request.method === "HEAD") return undefined;
    const length = request.headers.get("content-length");
    if (length !== null) return Number(length);
    if (request.headers.has("transfer-encoding")) return "chunked";
    // Last, since looking at the body makes a stream of it.
    return this.mayFrameBodies && request.body !== null ? "chunked" : undefined;
  }
}

/** After it the connection is closed. */
function lastAnswer(status: number, reason: string): Response {
  return closing(ownAnswer(status, reason));
}

type Resolve = (response: Response | undefined) => void;

/** A promise's `resolve` without a closure for each: the executor runs at once, so one place serves all. */
let capturedResolve: Resolve = () => {};
const captureResolve = (resolve: Resolve) => {
  capturedResolve = resolve;
};

/**
 * Path and query of a request's URL; a fragment is not for servers. Bun leaves a URL without a host
 * when the request names none, as in HTTP/1.0.
 */
function pathOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("#", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}
