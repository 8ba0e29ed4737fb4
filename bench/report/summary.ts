import { failedRequests, type LoadResult, requestsPerSecond } from "../load/result.ts";
import { ms, seconds, whole } from "./format.ts";
import type { Report, Run } from "./report.ts";

/** One figure of a run, in the order and wording of every table: terminal, HTML, LaTeX. */
export interface Figure {
  readonly name: string;
  readonly value: (result: LoadResult) => number;
  readonly format: (value: number) => string;
  /** What counts as an improvement against a baseline; `none` for what only describes the run. */
  readonly better: "less" | "more" | "none";
}

export const figures: readonly Figure[] = [
  { name: "requests", value: (r) => r.requests, format: whole, better: "none" },
  { name: "failed", value: failedRequests, format: whole, better: "less" },
  { name: "total s", value: (r) => r.wallMs, format: seconds, better: "less" },
  { name: "req/s", value: requestsPerSecond, format: whole, better: "more" },
  { name: "mean ms", value: (r) => r.latency.meanUs, format: ms, better: "less" },
  { name: "p50 ms", value: (r) => r.latency.p50Us, format: ms, better: "less" },
  { name: "p90 ms", value: (r) => r.latency.p90Us, format: ms, better: "less" },
  { name: "p99 ms", value: (r) => r.latency.p99Us, format: ms, better: "less" },
  { name: "p99.9 ms", value: (r) => r.latency.p999Us, format: ms, better: "less" },
];

/** What went wrong in a run, in words; empty when nothing did. */
export function faults({ cluster, result }: Run): string[] {
  const failed = failedRequests(result);
  const kinds = [
    ...Object.entries(result.failures).filter(([, times]) => times > 0),
    ...Object.entries(result.statuses).filter(([status, times]) => Number(status) >= 400 && times > 0),
  ].map(([kind, times]) => `${kind} ${times}`);
  const mistakes = Object.entries(result.mistakes).map(
    ([mistake, times]) => `${cluster}: ${times} × ${mistake}`,
  );
  return failed === 0
    ? mistakes
    : [`${cluster}: ${failed} of ${result.requests} failed (${kinds.join(", ")})`, ...mistakes];
}

/** The run in one sentence: what load was put on, in the reader's words. */
export function describeLoad({ plan }: LoadResult): string {
  const { shape } = plan;
  if (shape.kind === "open") {
    return `open loop, ${shape.ratePerSecond} requests/s with Poisson arrivals for ${shape.durationMs / 1000} s`;
  }
  if (shape.requests === shape.concurrency) return `${whole(shape.concurrency)} simultaneous requests`;
  const length =
    shape.requests === undefined
      ? `for ${(shape.durationMs ?? 0) / 1000} s`
      : `${whole(shape.requests)} in all`;
  return `closed loop, ${whole(shape.concurrency)} connections, ${length}`;
}

/** Whether all requests of every run started at the same moment. */
export function isBurst(report: Report): boolean {
  return report.runs.every(
    ({ result: { plan } }) => plan.shape.kind === "closed" && plan.shape.requests === plan.shape.concurrency,
  );
}

/** The report in one sentence: what went wrong, or that nothing did. */
export function verdict({ runs }: Report): { readonly good: boolean; readonly text: string } {
  const wrong = runs.flatMap(faults);
  if (wrong.length > 0) return { good: false, text: `${wrong.join("; ")}.` };
  const requests = runs.reduce((sum, { result }) => sum + result.requests, 0);
  const checked = runs.every(({ result }) => result.plan.expectCluster !== undefined);
  return {
    good: true,
    text: `All ${whole(requests)} requests were answered${checked ? ", none by a wrong cluster" : ""}.`,
  };
}

export function describeSubject({ subject }: Report): string {
  const policy = subject.policy === undefined ? "" : `, policy ${subject.policy}`;
  return subject.kind === "lab" ? `Local lab at ${subject.url}${policy}` : `${subject.url}${policy}`;
}
