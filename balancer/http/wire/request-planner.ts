import { parseTraceparent, type TraceParent } from "../../observe/tracing/trace-parent.ts";
import { challengeAnswer, challengeContentType, isChallenge } from "../acme-challenge.ts";
import type { EdgeOptions } from "../edge.ts";
import { type ListenerRules, listenerRules } from "../listener-rules.ts";
import { clientAddress, type RequestLine } from "../message/request-head.ts";
import { destinationOf, mirrorKeyOf, type RoutePlan } from "../routing/route-plan.ts";
import { stripPrefix } from "../routing/router.ts";
import { TrafficSplit } from "../routing/traffic-split.ts";
import { kinds } from "./field-kinds.ts";
import { jsonAnswer, type OwnAnswer, ownAnswer } from "./own-answer.ts";
import { type Forwarding, type Peer, PreparedRequest } from "./prepared-request.ts";
import type { RequestScan } from "./request-scan.ts";
import { targetHead } from "./target-head.ts";

/** Finds out where a listener's requests go. */
export class RequestPlanner {
  private readonly rules: ListenerRules;

  constructor(private readonly options: EdgeOptions) {
    this.rules = listenerRules(options);
  }

  peer(address: string): Peer {
    return { address, isTrusted: this.rules.isTrusted(address) };
  }

  prepare(scan: RequestScan, peer: Peer): PreparedRequest {
    const { listener, statusDocument, recorder, challenges } = this.options;
    const { hasAgent, isTracing } = recorder;
    const parent = isTracing ? traceParentOf(scan) : undefined;
    const client = this.clientOf(scan, peer);
    const queryAt = scan.target.indexOf("?");
    const path = queryAt < 0 ? scan.target : scan.target.slice(0, queryAt);
    const isLasting = challenges === undefined || !isChallenge(path);
    const answered = (answer: () => OwnAnswer, isLogged = true) =>
      new PreparedRequest(scan, client, undefined, { answer, isLogged }, parent, hasAgent, isLasting);
    if (path === listener.status) return answered(() => jsonAnswer(statusDocument()), false);
    const content = challenges && challengeAnswer(challenges, path);
    if (content !== undefined)
      return answered(() => ({ status: 200, contentType: challengeContentType, content }), false);
    const route = this.rules.router.match(scan.host, path === "*" ? "/" : path);
    if (route === undefined) return answered(() => ownAnswer(404, `no route for ${path}`));
    if (typeof scan.bodyLength === "number" && scan.bodyLength > listener.maxBodyBytes) {
      const reason = `found a body of ${scan.bodyLength} bytes, expected at most ${listener.maxBodyBytes}`;
      return answered(() => ownAnswer(413, reason));
    }
    const forwarding = this.forwarding(scan, peer, route, client, parent);
    const isSettled = isLasting && !(route.to instanceof TrafficSplit && route.to.isDrawn);
    return new PreparedRequest(scan, client, forwarding, undefined, parent, hasAgent, isSettled);
  }

  private forwarding(
    scan: RequestScan,
    peer: Peer,
    route: RoutePlan,
    client: string,
    parent: TraceParent | undefined,
  ): Forwarding {
    const upgrade = upgradeOf(scan);
    const { head, traceparentAt } = targetHead(scan, this.lineFor(scan, peer, route, parent), upgrade);
    return {
      ...destinationOf(route, client, scan.fields),
      head,
      traceparentAt,
      upgrade,
      mirror: route.mirror,
      limiter: route.limiter,
      mirrorKey: mirrorKeyOf(route, client, scan.fields),
    };
  }

  private clientOf(scan: RequestScan, peer: Peer): string {
    if (!peer.isTrusted) return peer.address;
    return clientAddress(peer.address, scan.fields.get("x-forwarded-for"), this.rules.isTrusted);
  }

  private lineFor(
    scan: RequestScan,
    peer: Peer,
    route: RoutePlan,
    traceParent: TraceParent | undefined,
  ): RequestLine {
    return {
      method: scan.method,
      target: route.stripPrefix && scan.target !== "*" ? stripPrefix(route.path, scan.target) : scan.target,
      host: scan.host,
      ownHost: this.rules.ownHost,
      peerAddress: peer.address,
      scheme: this.rules.scheme,
      isPeerTrusted: peer.isTrusted,
      isTraced: this.options.recorder.isTracing,
      traceParent,
    };
  }
}

function traceParentOf(scan: RequestScan): TraceParent | undefined {
  return parseTraceparent(scan.fields.valueOf(kinds.traceparent), scan.fields.valueOf(kinds.tracestate));
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
