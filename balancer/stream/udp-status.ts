import type { Target } from "../cluster/target.ts";

/** Why datagrams were dropped. */
export const udpDropReasons = [
  /** No target was available. */
  "noTarget",
  /** This machine had no more open files, ports or memory for another session. */
  "noSocket",
  /** The way to the target could not be opened, or too many waited for its name to be looked up. */
  "opening",
  /** A send buffer was full. */
  "blocked",
  /** The system refused to send it. */
  "unsendable",
  /** It would have begun a session while the relay came to its end. */
  "draining",
] as const;
export type UdpDropReason = (typeof udpDropReasons)[number];

/** Counts since the start, but for `sessions`. */
export interface UdpStatus {
  /** Open now. */
  readonly sessions: number;
  readonly sessionsBegun: number;
  /** Ended to make room for others. */
  readonly sessionsEvicted: number;
  /** From clients, dropped ones included. */
  readonly datagramsIn: number;
  /** To clients. */
  readonly datagramsOut: number;
  readonly dropped: Readonly<Record<UdpDropReason, number>>;
}

/** What a session came to. */
export interface EndedUdpSession {
  /** The client's address and port. */
  readonly address: string;
  readonly port: number;
  /** The last one. */
  readonly target: Target | undefined;
  /** From the client and to it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** Why it ended, unless it had been idle. */
  readonly fault: "evicted" | "no target" | "no socket" | "stopped" | undefined;
}
