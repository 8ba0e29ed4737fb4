import type { LoggedExchange, LoggedRequest } from "./logged.ts";

/** For tests: what the access log is told of a request, and of its answer. */

export const loggedRequest: LoggedRequest = {
  client: "192.0.2.1",
  method: "GET",
  host: "h",
  path: "/a?b",
  version: "HTTP/1.1",
  group: "g",
  referer: null,
  userAgent: null,
  traceParent: undefined,
};
/** Answered with 12 bytes. */
export const loggedExchange: LoggedExchange = {
  startedAtMs: 0,
  attempts: 1,
  bytesSent: 0,
  bytesReceived: 12,
  firstByteMs: 1.5,
  fault: undefined,
  target: { id: "t", tally: { exemplify() {} } },
  trace: undefined,
};
