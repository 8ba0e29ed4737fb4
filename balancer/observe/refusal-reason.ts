/** Why the balancer answers a request by itself, in words that metrics can count. */
export const refusalReasons = [
  /** No target of the group takes traffic. */
  "no_target",
  /** All targets have all the connections and waiting requests that they may have. */
  "busy",
  "connect",
  "timeout",
  "reset",
  "protocol",
  /** The client's body was cut off, too slow, or wrong. */
  "request_body",
  "too_large",
  "too_slow",
  "bad_request",
  "no_route",
  /** The client has asked more often than it may. */
  "rate_limited",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** The reason of an answer for which no target was asked, by its status. */
export function reasonOfStatus(status: number): RefusalReason {
  if (status === 404) return "no_route";
  if (status === 408) return "too_slow";
  if (status === 429) return "rate_limited";
  return status === 413 || status === 414 || status === 431 ? "too_large" : "bad_request";
}
