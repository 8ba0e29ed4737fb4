import type { Outcome } from "../cluster/attempt.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import type { SlowStart } from "../cluster/slow-start.ts";
import type { Target } from "../cluster/target.ts";

/** How loaded a target is now; lower is better. Reads only. */
export type Score = (target: Target) => number;

/** What a target answered when the policy asked how it is. */
export interface ProbeReport {
  readonly latencyMs: number;
  /** Requests it says it has in flight, from all its clients; undefined when it does not say. */
  readonly inFlight: number | undefined;
}

/** The latency that counts: up to the answer's first byte, or up to its last. */
export type LatencyOn = "first-byte" | "complete";

/** Chooses one of the available targets. Created once a group and told of all that happens to its targets. */
export interface Policy {
  /**
   * Undefined only when `available` is empty. `key` is for hashing policies; `nowMs` spares a look at the clock where it
   * is known.
   */
  pick(available: readonly Target[], key?: string, nowMs?: number): Target | undefined;
  /** What `/status` shows as the target's score; lower is better. */
  readonly score: Score;
  /** The order of the choices is the point: with several threads they are made one after another. */
  readonly isOrdered?: boolean;
  /** It gives targets that start slowly their part itself; else the group holds them back. */
  readonly startsSlowly?: boolean;
  /** Which latency the group's estimates take in; `first-byte` unless said otherwise. */
  readonly latencyOn?: LatencyOn;
  /** An attempt has ended; the target's counts and estimates are already up to date. */
  observe?(target: Target, outcome: Outcome, nowMs: number): void;
  /** A probe asked for by {@link PolicyContext.probe} has been answered. */
  observeProbe?(target: Target, report: ProbeReport): void;
}

/** What a policy may use of the world. */
export interface PolicyContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Every target of the group, whatever its state. */
  readonly targets: readonly Target[];
  /** For policies with `startsSlowly`; no target does when left out. */
  readonly slowStart?: SlowStart | undefined;
  /** Asks a target how it is; the answer, if any, comes to {@link Policy.observeProbe}. */
  probe(target: Target): void;
}
