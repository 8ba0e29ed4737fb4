import { CloudWatchClient, paginateGetMetricData } from "@aws-sdk/client-cloudwatch";
import { callLimit, clientDefaults } from "./call.ts";

/** The most metrics that one call may ask for. */
const mostPerCall = 500;
const periodSeconds = 60;

/** A metric of one instance. */
export interface InstanceMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: string;
  /** Name of the dimension that holds {@link instance}. */
  readonly dimension: string;
  readonly instance: string;
}

export interface DataPoint {
  readonly value: number;
  /** Begin of the minute that it is of, in ms since 1970. */
  readonly atEpochMs: number;
}

/** Gives the newest value of each metric since then, undefined where there is none; rejects with what the SDK says. */
export type ReadMetrics = (
  metrics: readonly InstanceMetric[],
  sinceEpochMs: number,
  signal: AbortSignal,
) => Promise<readonly (DataPoint | undefined)[]>;

/** Through a client for the region. Loads the SDK: to be imported where it is needed and not before. */
export function metricReader(region: string, perCall = mostPerCall): ReadMetrics {
  const client = new CloudWatchClient({ ...clientDefaults, region });
  return async (metrics, sinceEpochMs, signal) => {
    const newest = new Map<string, DataPoint>();
    for (let from = 0; from < metrics.length; from += perCall) {
      const input = {
        MetricDataQueries: metrics
          .slice(from, from + perCall)
          .map((metric, index) => ({ Id: idOf(from + index), MetricStat: statOf(metric) })),
        StartTime: new Date(sinceEpochMs),
        EndTime: new Date(),
        ScanBy: "TimestampDescending" as const,
      };
      for await (const { MetricDataResults = [] } of paginateGetMetricData(
        { client },
        input,
        callLimit(signal),
      ))
        for (const { Id = "", Timestamps = [], Values = [] } of MetricDataResults)
          for (const [index, timestamp] of Timestamps.entries())
            keepNewest(newest, Id, { value: Values[index] ?? Number.NaN, atEpochMs: timestamp.getTime() });
    }
    return metrics.map((_, index) => newest.get(idOf(index)));
  };
}

/** Has to begin with a lower case letter. */
function idOf(index: number): string {
  return `m${index}`;
}

function statOf({ namespace, metric, statistic, dimension, instance }: InstanceMetric) {
  const dimensions = [{ Name: dimension, Value: instance }];
  return {
    Metric: { Namespace: namespace, MetricName: metric, Dimensions: dimensions },
    Period: periodSeconds,
    Stat: statistic,
  };
}

function keepNewest(newest: Map<string, DataPoint>, id: string, point: DataPoint): void {
  const known = newest.get(id);
  if (Number.isFinite(point.value) && point.atEpochMs > (known?.atEpochMs ?? 0)) newest.set(id, point);
}
