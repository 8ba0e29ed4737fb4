import { runLoad } from "../load/load.ts";
import type { LoadPlanInput } from "../load/plan.ts";
import { failedRequests } from "../load/result.ts";
import type { Measured, Report, Run, Step } from "../report/report.ts";
import type { BenchOptions } from "./options.ts";
import { type ProgressStream, progressLine } from "./progress.ts";

/** What of the command line says how to measure. */
export type MeasureOptions = Pick<
  BenchOptions,
  | "clusters"
  | "ownClusters"
  | "requests"
  | "concurrency"
  | "rate"
  | "durationMs"
  | "warmupMs"
  | "timeoutMs"
  | "seed"
  | "insecure"
  | "sweep"
  | "sweepDurationMs"
>;

/** The load on one path of the system at `url`, then the growing loads; progress goes to `stream`. */
export async function measureCluster(
  url: string,
  path: string,
  options: MeasureOptions,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<{ readonly run: Run; readonly steps: readonly Step[] }> {
  const cluster = clusterOf(path);
  const load = async (label: string, plan: LoadPlanInput) => {
    const progress = progressLine(label, stream);
    return await runLoad(plan, { signal, onProgress: (now) => progress.show(now) }).finally(() =>
      progress.finish(),
    );
  };
  const run = { cluster, result: await load(path, planFor(url, path, options)) };
  const steps: Step[] = [];
  for (const ratePerSecond of options.sweep) {
    const result = await load(`${path} at ${ratePerSecond}/s`, stepPlan(url, path, options, ratePerSecond));
    const { p50Us, p99Us } = result.latency;
    const failed = failedRequests(result);
    steps.push({ cluster, ratePerSecond, requests: result.requests, failed, p50Us, p99Us });
  }
  return { run, steps };
}

/** Every cluster of the system there, one after the other. */
export async function measureUrl(
  url: string,
  options: MeasureOptions,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<Measured> {
  const runs: Run[] = [];
  const steps: Step[] = [];
  for (const path of options.clusters) {
    const measured = await measureCluster(url, path, options, stream, signal);
    runs.push(measured.run);
    steps.push(...measured.steps);
  }
  return { runs, steps };
}

/** Whether every request got a good answer from the right cluster. */
export function isSound(report: Report): boolean {
  return report.runs.every(
    ({ result }) => failedRequests(result) === 0 && Object.keys(result.mistakes).length === 0,
  );
}

function planFor(url: string, path: string, options: MeasureOptions): LoadPlanInput {
  const { rate, concurrency, requests } = options;
  return {
    ...commonPlan(url, path, options),
    shape:
      rate === undefined
        ? { kind: "closed", concurrency: Math.min(concurrency, requests), requests }
        : {
            kind: "open",
            ratePerSecond: rate,
            durationMs: options.durationMs ?? 30_000,
            maxConnections: concurrency,
          },
    warmupMs: options.warmupMs,
  };
}

function stepPlan(url: string, path: string, options: MeasureOptions, ratePerSecond: number): LoadPlanInput {
  const { concurrency: maxConnections, sweepDurationMs: durationMs } = options;
  return {
    ...commonPlan(url, path, options),
    shape: { kind: "open", ratePerSecond, durationMs, maxConnections },
  };
}

function commonPlan(url: string, path: string, options: MeasureOptions): Omit<LoadPlanInput, "shape"> {
  return {
    url: new URL(path, url).href,
    timeoutMs: options.timeoutMs,
    seed: options.seed,
    insecureTls: options.insecure,
    ...(!options.ownClusters && { expectCluster: clusterOf(path) }),
  };
}

/** `/cluster1` → `cluster1`; the root stays `/`. */
function clusterOf(path: string): string {
  return path.replace(/^\/(?=.)/, "");
}
