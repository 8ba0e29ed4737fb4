import { type LoadOptions, runLoad } from "../../load/load.ts";
import type { LoadPlanInput } from "../../load/plan.ts";
import { failureKinds } from "../../load/result.ts";
import type { Load, Sample } from "./load.ts";

/** Keep-alive connections of the benchmark's own generator, each with one request at a time. */
export function ownClosedLoop(connections: number, path: string): Load {
  return {
    description: `closed loop of ${connections} keep-alive connections, by the own generator`,
    run: (url, durationMs, signal) =>
      runOwn(
        { url: new URL(path, url).href, shape: { kind: "closed", concurrency: connections, durationMs } },
        { signal },
      ),
  };
}

/** Runs the benchmark's own generator; rejects when aborted. */
export async function runOwn(plan: LoadPlanInput, options: LoadOptions): Promise<Sample> {
  const { statuses, failures, latency, wallMs } = await runLoad(plan, options);
  const answered = Object.values(statuses).reduce((sum, times) => sum + times, 0);
  const unanswered = failureKinds.reduce((sum, kind) => sum + failures[kind], 0);
  const bad = answered - (statuses["200"] ?? 0) + unanswered;
  return { answered, bad, wallMs, latency: { p50Us: latency.p50Us, p99Us: latency.p99Us } };
}
