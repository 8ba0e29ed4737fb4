import type { Check } from "../../cluster/health.ts";
import type { Target } from "../../cluster/target.ts";
import type { GroupConfig } from "../../config/schema.ts";
import type { TargetWays } from "../../watched-group.ts";
import { fieldValue } from "../message/response-head.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Pool } from "../upstream/pool.ts";
import type { Prober } from "./probe.ts";

/** How the group's targets are checked; undefined for not at all. `path` is asked for where the config has checks. */
export function groupCheck(
  { health }: GroupConfig,
  prober: Prober,
  path: string,
  endpointOf: (target: Target) => Endpoint,
): Check | undefined {
  if (health === false) return undefined;
  return health === undefined ? connectCheck(prober, endpointOf) : httpCheck(prober, path, endpointOf);
}

/** Healthy is what answers 2xx or 3xx at `path`. */
function httpCheck(prober: Prober, path: string, endpointOf: (target: Target) => Endpoint): Check {
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
function connectCheck(prober: Prober, endpointOf: (target: Target) => Endpoint): Check {
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
