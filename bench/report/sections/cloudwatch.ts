import type { CloudWatchStatistics } from "../../cloudwatch/statistics.ts";
import type { Block, Section } from "../document.ts";
import { whole } from "../format.ts";

const nothing = "no data";

/** Columns of {@link clusterRows}. */
export const clusterColumns = [
  "cluster",
  "requests",
  "5xx",
  "healthy targets",
  "mean ms",
  "p50 ms",
  "p99 ms",
] as const;

export function clusterRows({ clusters }: CloudWatchStatistics): string[][] {
  return clusters.map(({ cluster, requests, serverErrors, healthyTargets, averageMs, p50Ms, p99Ms }) => [
    cluster,
    ...[requests, serverErrors, healthyTargets].map((count) => (count === null ? nothing : whole(count))),
    ...[averageMs, p50Ms, p99Ms].map((time) => (time === null ? nothing : time.toFixed(1))),
  ]);
}

/** Columns of {@link instanceRows}. */
export const instanceColumns = ["instance", "mean CPU %", "highest CPU %"] as const;

export function instanceRows({ instances }: CloudWatchStatistics): string[][] {
  return instances.map(({ id, averageCpu, maximumCpu }) => [
    id,
    ...[averageCpu, maximumCpu].map((percent) => (percent === null ? nothing : percent.toFixed(1))),
  ]);
}

/** The same time as AWS saw it. */
export function cloudWatchSection(statistics: CloudWatchStatistics): Section {
  const { region, namespace, from, to, instances } = statistics;
  const cpu: Block[] =
    instances.length === 0
      ? []
      : [{ kind: "table", columns: instanceColumns, rows: instanceRows(statistics) }];
  return {
    heading: "CloudWatch",
    blocks: [
      {
        kind: "text",
        text: `What CloudWatch in ${region} has in namespace ${namespace} of the minutes from ${from} to ${to}, the run's own and that in which the balancer told of its last ones. Times are those of the targets, up to the first byte of an answer; percentiles are those of the worst minute.`,
      },
      { kind: "table", columns: clusterColumns, rows: clusterRows(statistics) },
      ...cpu,
    ],
  };
}
