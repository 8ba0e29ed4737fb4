import type { Target } from "../cluster/target.ts";
import type { UdpRelayOptions } from "./udp-relay.ts";
import type { Listed } from "./udp-sessions.ts";
import type { UdpUpstream } from "./udp-upstream.ts";

/** What a client's address and port have under way. Times are {@link Clock.now}. */
export interface UdpSession extends Listed<UdpSession> {
  readonly startedAtMs: number;
  /** That its target was chosen by. */
  options: UdpRelayOptions;
  /** Of the last datagram in either direction. */
  usedAtMs: number;
  /** The way to its target; undefined while it has none. */
  upstream: UdpUpstream<UdpSession> | undefined;
  lastTarget: Target | undefined;
  /** Who refused its datagrams. */
  refusedBy: Target | undefined;
  bytesIn: number;
  bytesOut: number;
}

export function newUdpSession(
  address: string,
  port: number,
  options: UdpRelayOptions,
  nowMs: number,
): UdpSession {
  return {
    address,
    port,
    newer: undefined,
    older: undefined,
    startedAtMs: nowMs,
    options,
    usedAtMs: nowMs,
    upstream: undefined,
    lastTarget: undefined,
    refusedBy: undefined,
    bytesIn: 0,
    bytesOut: 0,
  };
}
