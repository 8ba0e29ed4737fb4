import { describe } from "bun:test";
import type { StartEdge } from "../testing/edge-fixture.ts";
import { acmeChallengeCases } from "./cases/acme-challenge.cases.ts";
import { badAnswerCases } from "./cases/bad-answer.cases.ts";
import { badRequestCases } from "./cases/bad-request.cases.ts";
import { bodyCases } from "./cases/body.cases.ts";
import { clientLimitCases } from "./cases/client-limit.cases.ts";
import { drainCases } from "./cases/drain.cases.ts";
import { faultCases } from "./cases/fault.cases.ts";
import { headerCases } from "./cases/header.cases.ts";
import { hedgeCases } from "./cases/hedge.cases.ts";
import { limitCases } from "./cases/limit.cases.ts";
import { messageCases } from "./cases/message.cases.ts";
import { mirrorCases } from "./cases/mirror.cases.ts";
import { retryCases } from "./cases/retry.cases.ts";
import { roomCases } from "./cases/room.cases.ts";
import { routingCases } from "./cases/routing.cases.ts";
import { splitCases } from "./cases/split.cases.ts";
import { stickyCases } from "./cases/sticky.cases.ts";
import { timeoutCases } from "./cases/timeout.cases.ts";
import { tracingCases } from "./cases/tracing.cases.ts";
import { upstreamTlsCases } from "./cases/upstream-tls.cases.ts";
import { webSocketCases } from "./cases/websocket.cases.ts";

/** What holds for every edge, seen from raw sockets on both sides. */
export function describeEdge(name: string, start: StartEdge): void {
  describe(`${name} edge`, () => {
    messageCases(start);
    headerCases(start);
    routingCases(start);
    acmeChallengeCases(start);
    bodyCases(start);
    badRequestCases(start);
    faultCases(start);
    drainCases(start);
    badAnswerCases(start);
    timeoutCases(start);
    limitCases(start);
    clientLimitCases(start);
    retryCases(start);
    hedgeCases(start);
    roomCases(start);
    stickyCases(start);
    splitCases(start);
    mirrorCases(start);
    webSocketCases(start);
    upstreamTlsCases(start);
    tracingCases(start);
  });
}
