import type { MetricDatum } from "@aws-sdk/client-cloudwatch";
import type { GroupInterval } from "./group-intervals.ts";
import { latencyValues } from "./latency-values.ts";

/** What CloudWatch is told of a group's interval, under the names that AWS's own load balancers use. */
export function metricData(
  { group, requests, serverErrors, latency, healthy, unhealthy }: GroupInterval,
  dimensions: Readonly<Record<string, string>>,
  at: Date,
): MetricDatum[] {
  const common = {
    Dimensions: Object.entries({ Group: group, ...dimensions }).map(([Name, Value]) => ({ Name, Value })),
    Timestamp: at,
  };
  const count = (MetricName: string, Value: number): MetricDatum => ({
    ...common,
    MetricName,
    Value,
    Unit: "Count",
  });
  const { valuesMs, counts } = latencyValues(latency);
  return [
    count("RequestCount", requests),
    count("HTTPCode_Target_5XX", serverErrors),
    count("HealthyHostCount", healthy),
    count("UnHealthyHostCount", unhealthy),
    // Without values there is nothing to be said.
    ...(valuesMs.length === 0
      ? []
      : [
          {
            ...common,
            MetricName: "TargetResponseTime",
            Values: valuesMs.map((ms) => ms / 1000),
            Counts: [...counts],
            Unit: "Seconds" as const,
          },
        ]),
  ];
}
