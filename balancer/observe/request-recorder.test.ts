import { expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { listenerSchema } from "../config/listener-schema.ts";
import { createListenerMemory, ListenerCounts } from "./listener-counts.ts";
import { type LoggedRequest, withoutExchange } from "./logged.ts";
import { refusalReasons } from "./refusal-reason.ts";
import { RequestRecorder } from "./request-recorder.ts";
import { requestCodes } from "./traffic-counts.ts";

const listener = listenerSchema.parse({
  name: "l",
  protocol: "http",
  listen: "127.0.0.1:0",
  routes: [
    { path: "/a", group: "g" },
    { path: "/b", group: "other" },
    { path: "/c", group: "g" },
  ],
});

const requestTo = (group: string | undefined): LoggedRequest => ({
  client: "::1",
  method: "GET",
  host: "h",
  path: "/",
  version: "HTTP/1.1",
  group,
  referer: null,
  userAgent: null,
  traceParent: undefined,
});

/** The recorders of two threads, and what both have counted, by group. */
function start() {
  const memory = createListenerMemory(listener, 2);
  const [first, second] = [0, 1].map(
    (thread) =>
      new RequestRecorder(new VirtualClock(), new ListenerCounts("l", memory, thread), undefined, undefined),
  );
  if (first === undefined || second === undefined) throw new Error("there are two");
  const totalsOf = (group: string | undefined) =>
    first.counts.totals().find((totals) => totals.group === group) ?? { codes: [], refusals: [] };
  return { first, second, totalsOf };
}

test("what threads count of a group is added up, and no other group's", () => {
  const { first, second, totalsOf } = start();
  const exchange = { ...withoutExchange(0), attempts: 3, bytesSent: 5, bytesReceived: 7 };
  first.record(requestTo("g"), 200, exchange, 3);
  second.record(requestTo("g"), 404, exchange, 30);
  second.record(requestTo("other"), 499, withoutExchange(0), 1);
  expect(totalsOf("g")).toMatchObject({ codes: [0, 1, 0, 1, 0, 0], retries: 4, bytesIn: 10, bytesOut: 14 });
  expect(totalsOf("g")).toMatchObject({ duration: { sumMs: 33 } });
  expect(totalsOf("other").codes[requestCodes.indexOf("client_left")]).toBe(1);
});

test("a tunnel's time is no request's", () => {
  const { first, totalsOf } = start();
  first.record(requestTo("g"), 101, withoutExchange(0), 3_600_000);
  expect(totalsOf("g")).toMatchObject({ codes: [1, 0, 0, 0, 0, 0], duration: { sumMs: 0 } });
});

test.each([
  [404, "no_route"],
  [408, "too_slow"],
  [413, "too_large"],
  [431, "too_large"],
  [400, "bad_request"],
] as const)("an answer %d without a target counts as %s", (status, reason) => {
  const { first, totalsOf } = start();
  first.recordOwn(requestTo(undefined), status);
  expect(totalsOf(undefined).refusals).toEqual(refusalReasons.map((each) => (each === reason ? 1 : 0)));
});

test("a worker that died has nothing open, and what it counted stays", () => {
  const { first, second } = start();
  second.counts.opened();
  first.counts.opened();
  first.counts.closeAllOf(1);
  expect(first.counts.connections).toEqual({ accepted: 2, open: 1, handshakeFailures: 0, refused: 0 });
});
