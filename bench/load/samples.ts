import { build, type Histogram } from "hdr-histogram-js";
import { quantile } from "../quantile.ts";
import type { LatencySummary, LoadResult } from "./result.ts";

const hourUs = 3_600_000_000;
const timelineBuckets = 60;
/** Dense towards the tail, where the interesting part is. */
const curvePercentiles = [
  ...Array.from({ length: 18 }, (_, index) => index * 5),
  ...Array.from({ length: 9 }, (_, index) => 90 + index),
  ...Array.from({ length: 9 }, (_, index) => (990 + index) / 10),
  99.9,
  99.95,
  99.99,
  100,
];

/** A histogram of microseconds, with three significant digits up to an hour. */
export function latencyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: hourUs,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
}

export function recordLatency(histogram: Histogram, us: number): void {
  histogram.recordValue(Math.min(hourUs, Math.max(1, Math.round(us))));
}

/** Value at a percentile; a histogram's cell may reach above the largest value, the answer does not. */
export function percentileUs(histogram: Histogram, percentile: number): number {
  return histogram.totalCount === 0
    ? 0
    : Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue);
}

/** All zero when nothing was recorded. */
export function summarize(histogram: Histogram): LatencySummary {
  const empty = histogram.totalCount === 0;
  return {
    meanUs: empty ? 0 : Math.round(histogram.mean),
    minUs: empty ? 0 : histogram.minNonZeroValue,
    p50Us: percentileUs(histogram, 50),
    p90Us: percentileUs(histogram, 90),
    p99Us: percentileUs(histogram, 99),
    p999Us: percentileUs(histogram, 99.9),
    maxUs: empty ? 0 : histogram.maxValue,
    curve: curvePercentiles.map((percentile) => ({ percentile, us: percentileUs(histogram, percentile) })),
  };
}

/** When each answer came and how long it had taken: 16 bytes an answer. */
export class Samples {
  private values = new Float64Array(4096);
  private used = 0;

  /** `atMs` counts from the first intended start. */
  add(atMs: number, latencyUs: number): void {
    if (this.used === this.values.length) {
      const larger = new Float64Array(this.used * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.used++] = atMs;
    this.values[this.used++] = latencyUs;
  }

  /** Splits the time from 0 to `endMs` evenly. */
  timeline(endMs: number): LoadResult["timeline"] {
    const widthMs = Math.max(1, Math.ceil(endMs / timelineBuckets));
    const buckets = Array.from({ length: Math.max(1, Math.ceil(endMs / widthMs)) }, (): number[] => []);
    for (let index = 0; index < this.used; index += 2) {
      const bucket = Math.min(buckets.length - 1, Math.floor((this.values[index] ?? 0) / widthMs));
      buckets[bucket]?.push(this.values[index + 1] ?? 0);
    }
    return buckets.map((latencies, index) => {
      latencies.sort((a, b) => a - b);
      const answers = latencies.length;
      const us = (q: number) => (answers === 0 ? 0 : Math.round(quantile(latencies, q)));
      return { startMs: index * widthMs, widthMs, answers, p50Us: us(0.5), p99Us: us(0.99) };
    });
  }
}
