import { runLoad } from "../../load/load.ts";
import type { LoadPlanInput } from "../../load/plan.ts";
import { failureKinds, type LoadResult } from "../../load/result.ts";
import type { Load, Sample } from "./load.ts";

/** Far more than are open at once at any rate that a proxy can stand. */
const maxConnections = 2048;

/** Keep-alive connections of the benchmark's own generator, each with one request at a time. */
export function ownClosedLoop(connections: number, path: string): Load {
  return {
    description: `closed loop of ${connections} keep-alive connections, by the own generator`,
    run: (url, durationMs, signal) =>
      run(new URL(path, url).href, { kind: "closed", concurrency: connections, durationMs }, {}, signal),
  };
}

/** An open loop in which every request has a connection of its own. */
export function newConnections(ratePerSecond: number): Load {
  return {
    description: `open loop, ${ratePerSecond} new connections a second, each with one request, by the own generator`,
    run: (url, durationMs, signal) =>
      run(url, { kind: "open", ratePerSecond, durationMs, maxConnections }, { connection: "close" }, signal),
  };
}

async function run(
  url: string,
  shape: LoadPlanInput["shape"],
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Sample> {
  return sampleOf(await runLoad({ url, shape }, { signal, headers }));
}

function sampleOf({ statuses, failures, latency, wallMs }: LoadResult): Sample {
  const answered = Object.values(statuses).reduce((sum, times) => sum + times, 0);
  const unanswered = failureKinds.reduce((sum, kind) => sum + failures[kind], 0);
  const bad = answered - (statuses["200"] ?? 0) + unanswered;
  return { answered, bad, wallMs, latency: { p50Us: latency.p50Us, p99Us: latency.p99Us } };
}
