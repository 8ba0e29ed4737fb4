import type { Clock, Timer } from "../cluster/clock.ts";
import type { Group } from "../cluster/group.ts";
import type { Check } from "../cluster/health.ts";
import type { Target } from "../cluster/target.ts";
import type { TargetWays } from "../watched-group.ts";
import type { Prober } from "./probe.ts";
import type { Endpoint } from "./upstream/endpoint.ts";
import type { Pool } from "./upstream/pool.ts";
import { fieldValue } from "./upstream/response-head.ts";

/** Healthy is what answers 2xx or 3xx at `path`. */
export function httpCheck(prober: Prober, path: string, endpointOf: (target: Target) => Endpoint): Check {
  return (target, done) =>
    prober.get(endpointOf(target), undefined, path, (result) => {
      if (result.kind === "failed") {
        done(result);
        return;
      }
      const { status } = result.head;
      const isHealthy = status >= 200 && status < 400;
      done(
        isHealthy
          ? { kind: "passed", latencyMs: result.latencyMs }
          : { kind: "failed", fault: `status ${status}` },
      );
    });
}

/** Healthy is what accepts a connection. That says nothing of how busy the target is. */
export function connectCheck(prober: Prober, endpointOf: (target: Target) => Endpoint): Check {
  return (target, done) =>
    prober.connect(endpointOf(target), (fault) =>
      done(
        fault === undefined
          ? { kind: "passed", latencyMs: undefined }
          : { kind: "failed", fault, isUnreachable: true },
      ),
    );
}

/**
 * Asks a target for the prequal policy: how long `path` takes, and from `x-ballast-load: inflight=<n>`
 * how many requests it has in flight.
 */
export function reportProbe(
  prober: Prober,
  path: string,
  endpointOf: (target: Target) => Endpoint,
  poolOf: (target: Target) => Pool,
): TargetWays["probe"] {
  return (target, report) =>
    prober.get(endpointOf(target), poolOf(target), path, (result) => {
      if (result.kind === "failed" || result.head.status >= 400) return;
      const load = fieldValue(result.head.fields, "x-ballast-load") ?? "";
      const inFlight = /(?:^|[;,\s])inflight=(\d{1,9})/.exec(load)?.[1];
      report({
        latencyMs: result.latencyMs,
        inFlight: inFlight === undefined ? undefined : Number(inFlight),
      });
    });
}

/** Looks at an interval how loaded each target says it is; the answer at `path` is a bare number. */
export class LoadPoller {
  private readonly timers = new Map<Target, Timer>();
  private isStopped = false;

  constructor(
    private readonly group: Group,
    private readonly prober: Prober,
    private readonly path: string,
    private readonly intervalMs: number,
    private readonly endpointOf: (target: Target) => Endpoint,
    private readonly poolOf: (target: Target) => Pool,
    private readonly clock: Clock,
  ) {}

  start(): void {
    for (const target of this.group.targets) this.watch(target);
  }

  /** Looks no more at a target that has left the group. */
  forget(target: Target): void {
    this.timers.get(target)?.cancel();
    this.timers.delete(target);
  }

  stop(): void {
    this.isStopped = true;
    for (const timer of this.timers.values()) timer.cancel();
  }

  /** Begins to look at a target that has come into the group since the start. */
  watch(target: Target): void {
    this.prober.get(this.endpointOf(target), this.poolOf(target), this.path, (result) => {
      if (this.isStopped || !this.group.targets.includes(target)) return;
      // Without a number there is no report, and the last one ages until it is trusted no more.
      const load =
        result.kind === "answered" && result.head.status === 200 ? parseLoad(result.text) : undefined;
      if (load !== undefined) this.group.recordLoad(target, load);
      this.timers.set(
        target,
        this.clock.after(this.intervalMs, () => this.watch(target)),
      );
    });
  }
}

/** A bare number such as `2.82`; undefined when it is none. */
function parseLoad(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d{1,9}(\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) : undefined;
}
