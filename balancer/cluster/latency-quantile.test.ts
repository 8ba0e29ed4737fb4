import { expect, test } from "bun:test";
import { LatencyQuantile } from "./latency-quantile.ts";
import { seededRandom } from "./random.ts";

function recorded(samples: readonly number[], quantile = 0.95): LatencyQuantile {
  const latencies = new LatencyQuantile(quantile);
  for (const [index, ms] of samples.entries()) latencies.record(ms, index);
  return latencies;
}

test("too few samples say nothing", () => {
  expect(recorded(new Array<number>(40).fill(5)).valueMs).toBeUndefined();
  expect(recorded(new Array<number>(60).fill(5)).valueMs).toBeDefined();
});

test.each([0.5, 0.9, 0.95, 0.99])("is right to 8 percent (%p)", (quantile) => {
  const random = seededRandom(7);
  const samples = Array.from({ length: 1900 }, () => 20 * -Math.log(1 - random()));
  const exact = [...samples].sort((a, b) => a - b)[Math.floor(samples.length * quantile)] ?? 0;
  const { valueMs = 0 } = recorded(samples, quantile);
  expect(Math.abs(valueMs / exact - 1)).toBeLessThan(0.08);
});

test("follows a group that changes", () => {
  const latencies = recorded(new Array<number>(3000).fill(10));
  for (let i = 0; i < 6000; i++) latencies.record(100, 3000 + i);
  expect(latencies.valueMs).toBeGreaterThan(95);
  for (let i = 0; i < 20_000; i++) latencies.record(10, 9000 + i);
  expect(latencies.valueMs).toBeLessThan(11);
});

test.each([0, 1e-9, 1e12])("takes %p ms too", (ms) => {
  expect(Number.isFinite(recorded(new Array<number>(100).fill(ms)).valueMs)).toBe(true);
});
