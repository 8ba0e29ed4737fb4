import type { Random } from "../cluster/random.ts";

export const serverCount = 9;
/** So many are in trouble at the same time, at most: whoever asks one target more than that is answered. */
export const mostFaulty = 3;
const shortestFaultMs = 300;
const longestFaultMs = 1000;
const latestBeginMs = 300;
const mostRemoved = 2;

/** One server's trouble in a round. */
export interface PlannedFault {
  /** Of the server, from 0 on. */
  readonly server: number;
  /** Of `faultNames`, from 0 on. */
  readonly fault: number;
  /** After the round's begin. */
  readonly beginMs: number;
  readonly lengthMs: number;
}

/** Faults that overlap; the next round begins when all of them are over. */
export type Round = readonly PlannedFault[];

/** Rounds in which every kind of fault comes up as often as any other. */
export function planRounds(random: Random, rounds: number, faultKinds: number): Round[] {
  let kinds: number[] = [];
  const nextKind = () => {
    if (kinds.length === 0) kinds = shuffled(random, upTo(faultKinds));
    return kinds.pop() ?? 0;
  };
  return Array.from({ length: rounds }, () =>
    shuffled(random, upTo(serverCount))
      .slice(0, mostFaulty)
      .map((server) => ({
        server,
        fault: nextKind(),
        beginMs: random() * latestBeginMs,
        lengthMs: shortestFaultMs + random() * (longestFaultMs - shortestFaultMs),
      })),
  );
}

/** What a config of the balancer differs in from another. */
export interface Change {
  /** Servers that are no targets, from 0 on. */
  readonly removed: readonly number[];
  readonly group: object;
  readonly weights: readonly number[];
}

const policies = [
  "ewma",
  "p2c-ewma",
  "least-connections",
  "round-robin",
  "random",
  { name: "weighted-round-robin", smooth: true },
  "prequal",
  { name: "hash", on: "header:x-user" },
] as const;

/** Configs, each of which changes targets, weights, policy and limits. */
export function planChanges(random: Random, count: number): Change[] {
  return Array.from({ length: count }, () => ({
    removed: shuffled(random, upTo(serverCount)).slice(0, Math.floor(random() * (mostRemoved + 1))),
    weights: upTo(serverCount).map(() => 1 + Math.floor(random() * 3)),
    group: {
      policy: chosen(random, policies),
      maxConnections: 100 + Math.floor(random() * 3) * 100,
      maxRequests: 200 + Math.floor(random() * 3) * 100,
      ...(random() < 0.3 && { slowStart: false }),
      ...(random() < 0.3 && { outlierDetection: false }),
      ...(random() < 0.3 && { hedge: { after: "p95" } }),
    },
  }));
}

function chosen<T>(random: Random, from: readonly T[]): T | undefined {
  return from[Math.floor(random() * from.length)];
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Every order alike often (Fisher and Yates). */
function shuffled(random: Random, values: readonly number[]): number[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const held = result[last] ?? 0;
    result[last] = result[other] ?? 0;
    result[other] = held;
  }
  return result;
}
