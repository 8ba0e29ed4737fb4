import { bucketBoundsMs } from "../../cluster/histogram.ts";
import type { Latencies } from "./group-intervals.ts";

/** Each value in ms, and how often it was. */
export interface LatencyValues {
  readonly valuesMs: readonly number[];
  readonly counts: readonly number[];
}

/**
 * One value for each bucket that has something, all at the same part of their bucket's width: the part that makes the
 * average come out exactly. Percentiles are right to the bucket.
 */
export function latencyValues({ sumMs, counts }: Latencies): LatencyValues {
  const used = counts.flatMap((count, bucket) => (count > 0 ? [{ count, bucket }] : []));
  const last = bucketBoundsMs.length;
  const lowest = used.reduce((sum, { count, bucket }) => sum + count * lowerMs(bucket), 0);
  const width = used.reduce((sum, { count, bucket }) => sum + count * (upperMs(bucket) - lowerMs(bucket)), 0);
  const part = width > 0 ? Math.min(1, Math.max(0, (sumMs - lowest) / width)) : 0;
  // The last bucket has no upper bound: what no part of the others can be stands there.
  const rest = sumMs - lowest - part * width;
  return {
    valuesMs: used.map(({ count, bucket }) => {
      const valueMs = lowerMs(bucket) + part * (upperMs(bucket) - lowerMs(bucket));
      return bucket === last ? valueMs + Math.max(0, rest) / count : valueMs;
    }),
    counts: used.map(({ count }) => count),
  };
}

function lowerMs(bucket: number): number {
  return bucketBoundsMs[bucket - 1] ?? 0;
}

function upperMs(bucket: number): number {
  return bucketBoundsMs[bucket] ?? lowerMs(bucket);
}
