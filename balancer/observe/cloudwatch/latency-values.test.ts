import { expect, test } from "bun:test";
import fc from "fast-check";
import { bucketBoundsMs, Histogram, histogramFloats, readHistograms } from "../../cluster/histogram.ts";
import { latencyValues } from "./latency-values.ts";

function valuesOf(samplesMs: readonly number[]) {
  const floats = new Float64Array(histogramFloats);
  const histogram = new Histogram(floats, 0);
  for (const ms of samplesMs) histogram.record(ms);
  return latencyValues(readHistograms(floats, [0]));
}

const bucketOf = (ms: number) => bucketBoundsMs.filter((bound) => ms > bound).length;

test("the average is exact, and each value lies in its bucket", () => {
  const samples = fc.array(fc.double({ min: 0, max: 90_000, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(samples, (samplesMs) => {
      const { valuesMs, counts } = valuesOf(samplesMs);
      const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
      expect(sum(counts)).toBe(samplesMs.length);
      expect(sum(valuesMs.map((ms, index) => ms * (counts[index] ?? 0)))).toBeCloseTo(sum(samplesMs), 5);
      const wanted = [...new Set(samplesMs.map(bucketOf))].sort((a, b) => a - b);
      for (const [index, bucket] of wanted.entries()) {
        expect(valuesMs[index]).toBeGreaterThanOrEqual((bucketBoundsMs[bucket - 1] ?? 0) - 1e-9);
        expect(valuesMs[index]).toBeLessThanOrEqual((bucketBoundsMs[bucket] ?? Infinity) + 1e-9);
      }
    }),
  );
});

test("nothing gives no values", () => {
  expect(valuesOf([])).toEqual({ valuesMs: [], counts: [] });
});
