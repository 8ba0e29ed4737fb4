import { describe } from "bun:test";
import type { StartEdge } from "../testing/edge-fixture.ts";
import { bodyCases } from "./cases/body.cases.ts";
import { headerCases } from "./cases/header.cases.ts";
import { messageCases } from "./cases/message.cases.ts";
import { routingCases } from "./cases/routing.cases.ts";

/** What holds for every edge, seen from raw sockets on both sides. */
export function describeEdge(name: string, start: StartEdge): void {
  describe(`${name} edge`, () => {
    messageCases(start);
    headerCases(start);
    routingCases(start);
    bodyCases(start);
  });
}
