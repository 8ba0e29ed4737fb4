import type { Group } from "../../cluster/group.ts";
import { bucketBoundsMs } from "../../cluster/histogram.ts";
import { isAvailable, type Target } from "../../cluster/target.ts";
import { statusClasses } from "../../cluster/target-tally.ts";

/** What happened at a group's targets since the last look, and how they are now. */
export interface GroupInterval {
  readonly group: string;
  /** Attempts that are over: one that was sent again counts again. */
  readonly requests: number;
  /** Answers of the targets with a 5xx. */
  readonly serverErrors: number;
  /** Times to the first byte, from the choice of the target on. */
  readonly latency: Latencies;
  /** Targets that take traffic. */
  readonly healthy: number;
  /** Those that are unhealthy or ejected. */
  readonly unhealthy: number;
}

export interface Latencies {
  readonly sumMs: number;
  /** By bucket, see {@link bucketBoundsMs}. */
  readonly counts: readonly number[];
}

/** What a target has counted since its begin. */
interface Totals {
  readonly requests: number;
  readonly serverErrors: number;
  readonly latency: Latencies;
}

const nothing: Totals = {
  requests: 0,
  serverErrors: 0,
  latency: { sumMs: 0, counts: new Array<number>(bucketBoundsMs.length + 1).fill(0) },
};

const serverErrorClass = statusClasses.indexOf("5xx");

/** Looks at a group's counts again and again. Targets that leave are counted until they have nothing more in flight. */
export class GroupIntervals {
  private readonly seen = new Map<Target, Totals>();

  constructor(private readonly group: Group) {
    for (const target of group.targets) this.seen.set(target, totalsOf(target));
  }

  /** Since the last call, or since the construction. */
  take(): GroupInterval {
    const { group, seen } = this;
    const present = new Set(group.targets);
    let since = nothing;
    for (const target of new Set([...present, ...seen.keys()])) {
      const now = totalsOf(target);
      since = combine(since, combine(now, seen.get(target) ?? nothing, -1), 1);
      if (present.has(target) || target.inFlight > 0) seen.set(target, now);
      else seen.delete(target);
    }
    const states = group.targets.map(({ state }) => state);
    return {
      group: group.name,
      ...since,
      healthy: states.filter(isAvailable).length,
      unhealthy: states.filter((state) => state === "unhealthy" || state === "ejected").length,
    };
  }
}

function totalsOf({ requests, tally }: Target): Totals {
  const { sumMs, counts } = tally.histogram("firstByte");
  return { requests, serverErrors: tally.answered(serverErrorClass), latency: { sumMs, counts } };
}

/** `one + sign × other`. */
function combine(one: Totals, other: Totals, sign: 1 | -1): Totals {
  return {
    requests: one.requests + sign * other.requests,
    serverErrors: one.serverErrors + sign * other.serverErrors,
    latency: {
      sumMs: one.latency.sumMs + sign * other.latency.sumMs,
      counts: one.latency.counts.map((count, bucket) => count + sign * (other.latency.counts[bucket] ?? 0)),
    },
  };
}
