/** What the dashboard is sent; its page and the balancer both read this file. */

/** A target as it is now. */
export interface LiveTarget {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  readonly weight: number;
  /** The policy's, lower is better; null while there is none. */
  readonly score: number | null;
  readonly inFlight: number;
  /** In the last second; null while there is nothing to compare with. */
  readonly requestsPerSecond: number | null;
  readonly failuresPerSecond: number | null;
  /** Of the requests of the last seconds, estimated from how many fell between which bounds; null without any. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Of its group's requests in the last seconds, from 0 to 1; null while there were none. */
  readonly share: number | null;
}

export interface LiveGroup {
  readonly name: string;
  readonly policy: string;
  readonly targets: readonly LiveTarget[];
}

/** Sent every second. */
export interface LiveState {
  /** Since 1970. */
  readonly atMs: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly groups: readonly LiveGroup[];
}

/** A figure of a target at the times of its group's history; null where it was not known. */
export type Series = readonly (number | null)[];

export interface TargetHistory {
  readonly id: string;
  readonly requestsPerSecond: Series;
  readonly p99Ms: Series;
  readonly inFlight: Series;
}

export interface GroupHistory {
  readonly name: string;
  readonly targets: readonly TargetHistory[];
}

/** Sent once, at the beginning: the last minutes. */
export interface LiveHistory {
  /** Since 1970, in seconds: what charts count in. */
  readonly atSeconds: readonly number[];
  readonly groups: readonly GroupHistory[];
}

/** How far the history goes back, and how far apart its points lie. */
export const historyMs = 15 * 60_000;
export const historyStepMs = 5000;
