import { CloudWatchClient, type MetricDataQuery, paginateGetMetricData } from "@aws-sdk/client-cloudwatch";

/** A metric and what is wanted of it. */
export interface WindowQuery {
  readonly namespace: string;
  readonly metric: string;
  /** Such as `Sum` or `p99`, of each minute. */
  readonly statistic: string;
  /** All that the metric has: one with more is another one. */
  readonly dimensions: Readonly<Record<string, string>>;
}

const mostPerCall = 500;

/** The values of each query, one for each minute that has any, the newest first. Both times in ms since 1970. */
export type ReadWindow = (
  queries: readonly WindowQuery[],
  fromMs: number,
  toMs: number,
) => Promise<readonly (readonly number[])[]>;

export function windowReader(region: string): ReadWindow {
  const client = new CloudWatchClient({ region });
  return async (queries, fromMs, toMs) => {
    const values = queries.map((): number[] => []);
    const all = queries.map(queryOf);
    for (let from = 0; from < all.length; from += mostPerCall) {
      const input = {
        MetricDataQueries: all.slice(from, from + mostPerCall),
        StartTime: new Date(fromMs),
        EndTime: new Date(toMs),
        ScanBy: "TimestampDescending" as const,
      };
      for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input))
        for (const { Id = "", Values = [] } of MetricDataResults)
          values[Number(Id.slice(1))]?.push(...Values.filter(Number.isFinite));
    }
    return values;
  };
}

function queryOf({ namespace, metric, statistic, dimensions }: WindowQuery, index: number): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id: `q${index}`,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: metric, Dimensions },
      Period: 60,
      Stat: statistic,
    },
  };
}
