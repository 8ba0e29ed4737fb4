import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { callLimit, clientDefaults } from "./call.ts";

/** Takes what fits into one call; rejects with what the SDK says. */
export type WriteMetrics = (namespace: string, data: MetricDatum[], signal: AbortSignal) => Promise<void>;

/** Through a client for the region. Loads the SDK: to be imported where it is needed and not before. */
export function metricWriter(region: string): WriteMetrics {
  const client = new CloudWatchClient({ ...clientDefaults, region });
  return async (Namespace, MetricData, signal) => {
    await client.send(new PutMetricDataCommand({ Namespace, MetricData }), callLimit(signal));
  };
}
