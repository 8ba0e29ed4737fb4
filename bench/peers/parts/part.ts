import type { EdgeName } from "../ballast.ts";
import type { BenchContext } from "../bench-context.ts";
import type { GeneratorName } from "../generators/closed-loop.ts";
import type { Load } from "../generators/load.ts";
import type { Peer } from "../peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import type { Contender, Turns } from "./side-by-side.ts";

/** What every part of the benchmark is given. */
export interface PartInput {
  readonly context: BenchContext;
  /** Those of `peers` that are wanted and installed. */
  readonly find: (peers: readonly Peer[]) => readonly InstalledPeer[];
  /** Our executable. */
  readonly balancer: string;
  /** Which edge of ours is held to the limits for plain HTTP/1.1. */
  readonly edge: EdgeName;
  /** Of closed loops of HTTP/1.1. */
  readonly generator: GeneratorName;
  readonly rounds: number;
  /** Of one round, without the warm-up. */
  readonly durationMs: number;
}

/** Long enough for a just-in-time compiler that has a part of one core: ours is still at the way of a request after 2.5 s. */
export const warmupMs = 4000;

/** How many targets a proxy has where their number doesn't matter. */
export const fewTargets = 3;

/** As many connections as keep every proxy's core full, and few enough for latency to mean something. */
export const usualConnections = 64;

/** What one proxy is put through in a round, which begins with a new process. */
export interface RoundPlan extends Turns, Pick<Contender, "load" | "warmups"> {}

/** A round of this load, after a warm-up with the same. */
export function warmedUp(load: Load, durationMs: number): RoundPlan {
  return { load, warmups: [{ load, durationMs: warmupMs }], ...inTurns(durationMs) };
}

const usualSliceMs = 2000;
const usualLeadInMs = 1000;

/** So much is measured of each proxy, in slices. */
export function inTurns(durationMs: number, wantedSliceMs = usualSliceMs): Turns {
  const turns = Math.max(1, Math.round(durationMs / wantedSliceMs));
  return { together: false, turns, leadInMs: usualLeadInMs, sliceMs: durationMs / turns };
}
