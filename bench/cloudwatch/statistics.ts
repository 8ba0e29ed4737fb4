import { z } from "zod";
import { pause } from "../pause.ts";
import type { ReadWindow, WindowQuery } from "./window.ts";

const minuteMs = 60_000;

const value = z.number().nullable();

/** What CloudWatch says of the time of the run; null for what it had no data of. */
export const cloudWatchSchema = z.strictObject({
  region: z.string(),
  namespace: z.string(),
  /** Whole minutes. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  clusters: z.array(
    z.strictObject({
      cluster: z.string(),
      requests: value,
      serverErrors: value,
      healthyTargets: value,
      averageMs: value,
      p50Ms: value,
      p99Ms: value,
    }),
  ),
  instances: z.array(z.strictObject({ id: z.string(), averageCpu: value, maximumCpu: value })),
});

export type CloudWatchStatistics = z.output<typeof cloudWatchSchema>;

/** What was measured, as far as CloudWatch may know of it. */
export interface MeasuredWindow {
  readonly region: string;
  readonly namespace: string;
  /** Of the balancer's metrics, beside `Group`. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly clusters: readonly { readonly name: string; readonly answered: number }[];
  readonly instances: readonly string[];
}

/** How long, and how often, to look for data that have not come yet. */
export interface Patience {
  readonly waitMs: number;
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

/** Waits until all data are there, and returns what there is when that takes too long. */
export async function cloudWatchStatistics(
  window: MeasuredWindow,
  read: ReadWindow,
  { waitMs, pauseMs, signal }: Patience,
): Promise<CloudWatchStatistics> {
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const statistics = await readOnce(window, read);
    const isOver = performance.now() + pauseMs > deadlineMs;
    if (isOver || isComplete(statistics, window)) return statistics;
    await pause(pauseMs, signal);
    if (signal.aborted) return statistics;
  }
}

/** The balancer publishes a part of the requests with each of its intervals. */
function isComplete({ clusters, instances }: CloudWatchStatistics, window: MeasuredWindow): boolean {
  return (
    instances.every(({ averageCpu }) => averageCpu !== null) &&
    clusters.every(({ requests, averageMs }, index) => {
      const answered = window.clusters[index]?.answered ?? 0;
      return requests !== null && requests >= answered && (averageMs !== null || answered === 0);
    })
  );
}

async function readOnce(window: MeasuredWindow, read: ReadWindow): Promise<CloudWatchStatistics> {
  const { region, namespace } = window;
  const fromMs = Math.floor(window.fromMs / minuteMs) * minuteMs;
  // What happened in the last interval is published after it, an interval of a minute later at most.
  const toMs = Math.ceil(window.toMs / minuteMs) * minuteMs + minuteMs;
  const queries: WindowQuery[] = [
    ...window.clusters.flatMap(({ name }) =>
      clusterQueries(namespace, { Group: name, ...window.dimensions }),
    ),
    ...window.instances.flatMap(instanceQueries),
  ];
  const results = await read(queries, fromMs, toMs);
  let next = 0;
  const take = (join: (minutes: readonly number[]) => number): number | null => {
    const minutes = results[next++] ?? [];
    return minutes.length === 0 ? null : join(minutes);
  };
  return {
    region,
    namespace,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    clusters: window.clusters.map(({ name }) => {
      const requests = take(sum);
      const serverErrors = take(sum);
      const healthyTargets = take(lowest);
      const [seconds, samples] = [take(sum), take(sum)];
      const [p50, p99] = [take(highest), take(highest)];
      return {
        cluster: name,
        requests,
        serverErrors,
        healthyTargets,
        averageMs: seconds === null || samples === null ? null : (1000 * seconds) / samples,
        p50Ms: p50 === null ? null : 1000 * p50,
        p99Ms: p99 === null ? null : 1000 * p99,
      };
    }),
    instances: window.instances.map((id) => ({
      id,
      averageCpu: take((minutes) => sum(minutes) / minutes.length),
      maximumCpu: take(highest),
    })),
  };
}

/** In the order in which {@link readOnce} takes the results. */
function clusterQueries(namespace: string, dimensions: WindowQuery["dimensions"]): WindowQuery[] {
  const query = (metric: string, statistic: string) => ({ namespace, metric, statistic, dimensions });
  return [
    query("RequestCount", "Sum"),
    query("HTTPCode_Target_5XX", "Sum"),
    query("HealthyHostCount", "Minimum"),
    ...["Sum", "SampleCount", "p50", "p99"].map((statistic) => query("TargetResponseTime", statistic)),
  ];
}

function instanceQueries(id: string): WindowQuery[] {
  return ["Average", "Maximum"].map((statistic) => ({
    namespace: "AWS/EC2",
    metric: "CPUUtilization",
    statistic,
    dimensions: { InstanceId: id },
  }));
}

const sum = (minutes: readonly number[]) => minutes.reduce((total, minute) => total + minute, 0);
const highest = (minutes: readonly number[]) => Math.max(...minutes);
const lowest = (minutes: readonly number[]) => Math.min(...minutes);
