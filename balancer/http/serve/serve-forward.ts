import type { Server } from "bun";
import { BodyPace } from "../body-pace.ts";
import { Exchange } from "../exchange/exchange.ts";
import { wholeBodyBytes } from "../exchange/forward-request.ts";
import { clientAddress } from "../message/request-head.ts";
import { destinationOf, type RoutePlan } from "../routing/route-plan.ts";
import type { Service } from "../service/service.ts";
import { isWebSocketRequest, newKey } from "../websocket/handshake.ts";
import type { TunnelSocket } from "../websocket/tunnel.ts";
import { ownAnswer } from "./answer.ts";
import { BodyStream } from "./body-stream.ts";
import { ServeClient } from "./serve-client.ts";
import type { ServeContext } from "./serve-context.ts";
import { ServeRequest } from "./serve-request.ts";

/** Sends a request on its way; resolves with a target's answer or a refusal, undefined when a tunnel has taken its place. */
export function forward(
  context: ServeContext,
  request: Request,
  server: Server<TunnelSocket>,
  host: string,
  pathAndQuery: string,
  route: RoutePlan,
): Promise<Response> | Promise<undefined> {
  const { isTrusted } = context.rules;
  const { headers } = request;
  const peerAddress = server.requestIP(request)?.address ?? "";
  const isPeerTrusted = isTrusted(peerAddress);
  const client = isPeerTrusted
    ? clientAddress(peerAddress, headers.get("x-forwarded-for"), isTrusted)
    : peerAddress;
  const destination = destinationOf(route, client, headers);
  const { service } = destination;
  const served = new ServeRequest(
    context,
    request,
    server,
    host,
    pathAndQuery,
    peerAddress,
    isPeerTrusted,
    client,
    route,
    destination,
  );
  const length = context.bodyLength(request);
  served.bodyLength = length;
  if (typeof length === "number" && length > 0 && length <= wholeBodyBytes)
    return exchangeWhole(context, served, service);
  if ((length === "chunked" || (length !== undefined && length > 0)) && request.body !== null) {
    const { clock, listener } = context.options;
    served.body = new BodyStream(
      request.body,
      length === "chunked",
      served,
      context.bodyDeadlines,
      new BodyPace(clock, listener.minBodyRate),
      listener.maxBodyBytes,
      context.restDeadlines,
    );
  } else if (isWebSocketRequest(served.method, headers)) {
    served.webSocketKey = newKey();
  }
  return exchange(context, served, service);
}

/** Reads a short body first: the request can then be sent again. */
async function exchangeWhole(
  context: ServeContext,
  served: ServeRequest,
  service: Service,
): Promise<Response> {
  try {
    served.content = await served.request.bytes();
  } catch {
    // The client left in the middle of its own request; nobody will see the answer.
    return ownAnswer(400, "the request broke off");
  }
  return exchange(context, served, service);
}

function exchange(context: ServeContext, served: ServeRequest, service: Service): Promise<Response> {
  const promise = new Promise(captureResolve);
  const client = new ServeClient(context, served, capturedResolve);
  const begun = new Exchange(service, served, client);
  client.follow(begun);
  served.mirror?.offer(served, served.mirrorKey, begun.trace);
  // `undefined` is what Bun wants after an upgrade, which the type of `fetch` does not say of promises.
  return promise as Promise<Response>;
}

type Resolve = (response: Response | undefined) => void;

/** A promise's `resolve` without a closure for each: the executor runs at once, so one place serves all. */
let capturedResolve: Resolve = () => {};
const captureResolve = (resolve: Resolve) => {
  capturedResolve = resolve;
};
