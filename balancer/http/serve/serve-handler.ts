import type { Server } from "bun";
import { challengeAnswer, challengeContentType } from "../acme-challenge.ts";
import type { EdgeOptions } from "../edge.ts";
import { clientAddress } from "../message/request-head.ts";
import { rateRefusal } from "../rate-refusal.ts";
import { type RoutePlan, soleGroupOf } from "../routing/route-plan.ts";
import type { TunnelSocket } from "../websocket/tunnel.ts";
import { closing, ownAnswer } from "./answer.ts";
import { BodyRest } from "./body-rest.ts";
import { RequestFaults } from "./request-faults.ts";
import { type EdgePhase, ServeContext } from "./serve-context.ts";
import { forward } from "./serve-forward.ts";

/** Answers the requests of one listener under one config. */
export class ServeHandler {
  private readonly context: ServeContext;
  private readonly faults: RequestFaults;

  constructor(
    private readonly options: EdgeOptions,
    phase: EdgePhase,
  ) {
    this.context = new ServeContext(options, phase);
    this.faults = new RequestFaults(options.listener);
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
    const route = this.context.rules.router.match(host, isWholeServer ? "/" : path);
    const tooOften = this.tooOften(request, server, route);
    if (tooOften !== undefined)
      return this.refuse(request, server, host, pathAndQuery, tooOften, route && soleGroupOf(route));
    if (route === undefined) {
      return this.refuse(request, server, host, pathAndQuery, ownAnswer(404, `no route for ${path}`));
    }
    return forward(this.context, request, server, host, pathAndQuery, route);
  }

  /** The answer to a client that asks too often. */
  private tooOften(
    request: Request,
    server: Server<TunnelSocket>,
    route: RoutePlan | undefined,
  ): Response | undefined {
    const { limits, clock } = this.options;
    if (limits?.requests === undefined && route?.limiter === undefined) return undefined;
    const client = this.clientOf(request, server);
    const refusal = rateRefusal([limits?.requests, route?.limiter], client, clock.now());
    if (refusal === undefined) return undefined;
    const response = ownAnswer(429, refusal.reason, refusal.retryAfterSeconds);
    for (const [name, value] of refusal.fields) response.headers.set(name, value);
    return response;
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
    const { recorder, version } = this.context;
    const client = this.clientOf(request, server);
    const referer = headers.get("referer");
    const userAgent = headers.get("user-agent");
    const traceParent = this.context.traceParentOf(headers);
    recorder.recordOwn(
      { client, method, host, path, version, group, referer, userAgent, traceParent },
      response.status,
    );
    return this.afterBody(request, this.lastOfDrain(response));
  }

  private clientOf(request: Request, server: Server<TunnelSocket>): string {
    const peerAddress = server.requestIP(request)?.address ?? "";
    return clientAddress(peerAddress, request.headers.get("x-forwarded-for"), this.context.rules.isTrusted);
  }

  /** The answer, once the body that nobody wants is out of its way. */
  private afterBody(request: Request, response: Response): Response | Promise<Response> {
    const { restDeadlines } = this.context;
    if (
      restDeadlines === undefined ||
      this.context.bodyLength(request) === undefined ||
      request.body === null
    )
      return response;
    return new BodyRest(request.body.getReader(), restDeadlines).over.then(() => response);
  }

  private lastOfDrain(response: Response): Response {
    return this.context.isDraining ? closing(response) : response;
  }
}

/** After it the connection is closed. */
function lastAnswer(status: number, reason: string): Response {
  return closing(ownAnswer(status, reason));
}

/**
 * Path and query of a request's URL; a fragment is not for servers. Bun leaves a URL without a host
 * when the request names none, as in HTTP/1.0.
 */
function pathOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("#", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}
