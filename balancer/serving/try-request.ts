import type { ByteBuffer } from "../byte-buffer.ts";
import type { Clock } from "../cluster/clock.ts";
import { systemRandom } from "../cluster/random.ts";
import type { HttpListenerConfig } from "../config/schema.ts";
import { Exchange } from "../http/exchange/exchange.ts";
import type { ForwardRequest } from "../http/exchange/forward-request.ts";
import { ownHostOf, type RequestLine, writeRequestHead } from "../http/message/request-head.ts";
import { destinationOf, planRoutes } from "../http/routing/route-plan.ts";
import { createRouter, stripPrefix } from "../http/routing/router.ts";
import type { Service } from "../http/service/service.ts";
import { targetStatus } from "../observe/status.ts";
import type { Candidate, TryAnswer, TryRequest } from "../observe/try-messages.ts";
import { TryingClient } from "./trying-client.ts";

const clientAddress = "127.0.0.1";

/**
 * Sends a request the way that the listener's clients' requests go, from its routes on, and tells how it was decided who
 * answers. The choice falls in this thread, at once: what the policy looked at is what `candidates` say.
 */
export function tryRequest(
  asked: TryRequest,
  listener: HttpListenerConfig,
  services: ReadonlyMap<string, Service>,
  clock: Clock,
): Promise<TryAnswer> {
  const { method, path: pathAndQuery, host } = asked;
  const [path = ""] = pathAndQuery.split("?", 1);
  // An operator's request is none of a client's: no limit by address counts it.
  const route = createRouter(planRoutes(listener.routes, services, [], systemRandom())).match(host, path);
  if (route === undefined) return Promise.resolve(noRoute(path));
  const fields = new Headers({ "user-agent": "ballast-dashboard" });
  const { service, key } = destinationOf(route, clientAddress, fields);
  const target = route.stripPrefix ? stripPrefix(route.path, pathAndQuery) : pathAndQuery;
  const scheme = listener.tls === undefined ? "http" : "https";
  const line: RequestLine = {
    method,
    target,
    host,
    ownHost: ownHostOf(listener),
    scheme,
    peerAddress: clientAddress,
    isPeerTrusted: false,
    isTraced: false,
    traceParent: undefined,
  };
  const before = service.group.targets.map((each) => ({
    target: each,
    ...targetStatus(service.group, each),
  }));
  const { promise, resolve } = Promise.withResolvers<TryAnswer>();
  const client = new TryingClient(clock, resolve);
  const exchange = new Exchange(service, new TriedRequest(line, fields, key), client);
  client.exchange = exchange;
  exchange.start();
  const chosen = exchange.target;
  client.decided(
    service,
    before.map(({ target: each, id, url, state, score, load, inFlight }): Candidate => {
      return { id, url, state, score, load, inFlight, isChosen: each === chosen };
    }),
  );
  return promise;
}

function noRoute(path: string): TryAnswer {
  return {
    candidates: [],
    attempts: 0,
    status: 404,
    fields: [],
    content: `no route for ${path}`,
    isCut: false,
    durationMs: 0,
  };
}

/** Has no body, and says who sent it. */
class TriedRequest implements ForwardRequest {
  readonly body = undefined;
  readonly session = undefined;
  readonly isUpgrade = false;
  readonly contentBytes = 0;
  readonly traceparentAt = undefined;

  constructor(
    private readonly line: RequestLine,
    private readonly fields: Headers,
    readonly key: string | undefined,
  ) {}

  get method(): string {
    return this.line.method;
  }

  writeTo(out: ByteBuffer): void {
    writeRequestHead(out, this.line, this.fields, undefined);
  }
}
