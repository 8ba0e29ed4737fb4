import { runLoad } from "../load/load.ts";
import type { LoadPlanInput } from "../load/plan.ts";
import { failedRequests } from "../load/result.ts";
import { describeMachine } from "../report/machine.ts";
import { type Report, type Run, reportSchemaName } from "../report/report.ts";
import type { BenchOptions } from "./options.ts";
import { type ProgressStream, progressLine } from "./progress.ts";

/** Puts the same load on one path after the other; progress goes to `stream`. */
export async function measure(
  subject: Report["subject"],
  options: BenchOptions,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<Report> {
  const createdAt = new Date().toISOString();
  const runs: Run[] = [];
  for (const path of options.clusters) {
    const progress = progressLine(path, stream);
    const result = await runLoad(planFor(subject.url, path, options), {
      signal,
      onProgress: (now) => progress.show(now),
    }).finally(() => progress.finish());
    runs.push({ cluster: clusterOf(path), result });
  }
  return { schema: reportSchemaName, createdAt, subject, machine: describeMachine(), runs };
}

/** Whether every request got a good answer from the right cluster. */
export function isSound(report: Report): boolean {
  return report.runs.every(
    ({ result }) => failedRequests(result) === 0 && Object.keys(result.mistakes).length === 0,
  );
}

function planFor(url: string, path: string, options: BenchOptions): LoadPlanInput {
  const { rate, concurrency, requests } = options;
  return {
    url: new URL(path, url).href,
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
