import { expect, test } from "bun:test";
import fc from "fast-check";
import { LatencyEstimate } from "./latency.ts";

const decayMs = 10_000;

function estimateOf(samples: readonly (readonly [atMs: number, ms: number])[]): LatencyEstimate {
  const estimate = new LatencyEstimate(decayMs);
  for (const [atMs, ms] of samples) estimate.record(ms, atMs);
  return estimate;
}

test("without samples there is no average rather than a flattering 0", () => {
  const estimate = new LatencyEstimate(decayMs);
  expect(estimate.averageMs).toBeUndefined();
  expect(estimate.averageInFlight).toBeUndefined();
  expect(estimate.evidenceAt(0)).toBe(0);
});

test("samples of the same instant are averaged evenly, however many", () => {
  const estimate = estimateOf(Array.from({ length: 50 }, (_, i) => [7, i < 25 ? 10 : 30] as const));
  expect(estimate.averageMs).toBeCloseTo(20);
  expect(estimate.evidenceAt(7)).toBeCloseTo(50);
});

test("a sample after a pause weighs at least as in the usual EWMA", () => {
  const before = Array.from({ length: 80 }, (_, i) => [i, 10] as const);
  const pauseMs = 5000;
  const estimate = estimateOf([...before, [79 + pauseMs, 110]]);
  const share = ((estimate.averageMs ?? 0) - 10) / 100;
  expect(share).toBeCloseTo(1 - Math.exp(-pauseMs / decayMs), 5);
});

test("a busy target's samples weigh no less than a hundredth", () => {
  const before = Array.from({ length: 1000 }, (_, i) => [i, 10] as const);
  const estimate = estimateOf([...before, [1000, 60]]);
  expect(estimate.averageMs).toBeCloseTo(10.5, 1);
});

test("evidence fades while nothing comes in, the average stays", () => {
  const estimate = estimateOf([
    [0, 10],
    [0, 10],
  ]);
  const evidence = [0, 1000, 10_000, 30_000, 1e9].map((atMs) => estimate.evidenceAt(atMs));
  expect(evidence).toEqual(evidence.toSorted((a, b) => b - a));
  expect(evidence[0]).toBe(2);
  expect(evidence[3]).toBeCloseTo(Math.exp(-3) / (1 - Math.exp(-3)));
  expect(evidence[4]).toBe(0);
  expect(estimate.averageMs).toBe(10);
});

test("one slow sample does not outlive a fast one, many do", () => {
  expect(
    estimateOf([
      [0, 2000],
      [5000, 20],
    ]).averageMs,
  ).toBe(20);
  const many = Array.from({ length: 20 }, (_, i) => [i, 2000] as const);
  expect(estimateOf([...many, [25, 20]]).averageMs).toBeGreaterThan(1500);
});

test("freshness goes from 1 to 0 with the age of the newest sample, or of a later event", () => {
  const estimate = estimateOf([[1000, 10]]);
  expect(estimate.freshnessAt(1000)).toBe(1);
  expect(estimate.freshnessAt(11_000)).toBeCloseTo(Math.exp(-1));
  expect(estimate.freshnessAt(11_000, 11_000)).toBe(1);
  expect(new LatencyEstimate(decayMs).freshnessAt(5)).toBe(0);
});

test("knows the in-flight under which its samples were taken", () => {
  const estimate = new LatencyEstimate(decayMs);
  estimate.record(10, 0, 1);
  estimate.record(10, 0, 3);
  expect(estimate.averageInFlight).toBeCloseTo(2);
});

test("forgets all when it is reset", () => {
  const estimate = estimateOf([[0, 500]]);
  estimate.reset();
  expect(estimate.averageMs).toBeUndefined();
  estimate.record(10, 1);
  expect(estimate.averageMs).toBe(10);
});

test("the average lies between the least and the greatest sample, whatever their times", () => {
  const sample = fc.tuple(
    fc.constantFrom(0, 0, 1, 100, 20_000, 1e9),
    fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 300 }), (steps) => {
      const estimate = new LatencyEstimate(decayMs);
      let nowMs = 0;
      for (const [gapMs, ms] of steps) {
        nowMs += gapMs;
        estimate.record(ms, nowMs);
        expect(estimate.evidenceAt(nowMs)).toBeLessThanOrEqual(100.000001);
      }
      const values = steps.map(([, ms]) => ms);
      expect(estimate.averageMs).toBeGreaterThanOrEqual(Math.min(...values) * 0.999999);
      expect(estimate.averageMs).toBeLessThanOrEqual(Math.max(...values) * 1.000001);
    }),
  );
});

test("one sample far above a sound average counts as ten times it, and a target that stays slow is found out", () => {
  const estimate = new LatencyEstimate(10_000);
  for (let i = 0; i < 20; i++) estimate.record(50, i);
  estimate.record(5000, 20);
  expect(estimate.averageMs ?? 0).toBeLessThan(75);
  for (let i = 0; i < 100; i++) estimate.record(5000, 21 + i);
  expect(estimate.averageMs ?? 0).toBeGreaterThan(2500);
});

test("after averages of 0 any sample counts in full", () => {
  const estimate = new LatencyEstimate(10_000);
  for (let i = 0; i < 9; i++) estimate.record(0, 0);
  estimate.record(100, 0);
  expect(estimate.averageMs).toBe(10);
});
