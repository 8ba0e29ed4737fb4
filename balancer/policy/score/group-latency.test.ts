import { expect, test } from "bun:test";
import { Target } from "../../cluster/target.ts";
import { GroupLatency } from "./group-latency.ts";

const decayMs = 10_000;

function target(weight = 1): Target {
  return new Target("t", "http://t", weight, 0, decayMs);
}

/** A target with many fresh samples at 0. */
function sampled(latencyMs: number, inFlight = 1, weight = 1): Target {
  const t = target(weight);
  for (let i = 0; i < 90; i++) t.requestLatency.record(latencyMs, 0, inFlight);
  return t;
}

/** Unit latencies of the targets, in ms. */
function unitMs(targets: readonly Target[], nowMs = 0): number[] {
  const latency = new GroupLatency();
  latency.refresh(targets, nowMs);
  return targets.map((t) => latency.unitMs(t, nowMs));
}

test("before anything is known all are alike", () => {
  const [a, b] = unitMs([target(), target()]);
  expect(a).toBe(b as number);
  expect(a).toBeGreaterThan(0);
});

test("many samples speak for themselves", () => {
  const [fast = 0, slow = 0] = unitMs([sampled(10), sampled(40)]);
  expect(Math.abs(fast - 10)).toBeLessThan(0.5);
  expect(Math.abs(slow - 40)).toBeLessThan(0.5);
});

test("a single sample counts half, the group's mean the other half, geometrically", () => {
  const one = target();
  one.requestLatency.record(1000, 0);
  const [, unit = 0] = unitMs([sampled(10), one]);
  expect(unit).toBeGreaterThan(90);
  expect(unit).toBeLessThan(180);
});

test("an idle target's latency goes back to the group's mean", () => {
  const idle = sampled(500);
  const busy = sampled(10);
  const units = [0, 3000, 10_000, 20_000].map((nowMs) => {
    for (let i = 0; i < 100; i++) busy.requestLatency.record(10, nowMs);
    return unitMs([busy, idle], nowMs)[1] ?? 0;
  });
  expect(units).toEqual(units.toSorted((a, b) => b - a));
  expect(units[0]).toBeGreaterThan(400);
  expect(units[3]).toBeLessThan(30);
});

test("latency under more in flight is worth less, by the cube root", () => {
  const [alone = 0, crowded = 0] = unitMs([sampled(10, 1), sampled(20, 8)]);
  expect(Math.abs(alone - crowded)).toBeLessThan(0.5);
});

test("a target of weight 2 is taken for two targets", () => {
  const [single = 0, double = 0] = unitMs([sampled(10, 1), sampled(10, 2, 2)]);
  expect(double / single).toBeCloseTo(0.5);
});

test("without own samples probes count, by the group's ratio of request to probe", () => {
  const probed = sampled(50);
  probed.probeLatency.record(5, 0);
  const idle = target();
  for (let i = 0; i < 50; i++) idle.probeLatency.record(20, 0);
  const [, unit = 0] = unitMs([probed, idle]);
  expect(unit).toBeGreaterThan(190);
  expect(unit).toBeLessThan(201);
});

test("own samples outweigh the probes", () => {
  const t = sampled(10);
  for (let i = 0; i < 50; i++) t.probeLatency.record(200, 0);
  const other = sampled(10);
  other.probeLatency.record(1, 0);
  const [unit] = unitMs([t, other]);
  expect(Math.abs((unit ?? 0) - 10)).toBeLessThan(3);
});

test("the longer nothing was heard of a target the less it costs, so that it is tried again", () => {
  const units = [0, 5000, 20_000, 60_000].map((nowMs) => unitMs([sampled(10)], nowMs)[0] ?? 0);
  expect(units).toEqual(units.toSorted((a, b) => b - a));
  expect(units[3]).toBeLessThan(0.1);
});

test("a probe is news of a target: what is known of it stays, but for the doubt whether it holds for requests", () => {
  const units = [5000, 20_000, 60_000].map((nowMs) => {
    const probed = sampled(10);
    probed.probeLatency.record(1, nowMs);
    return unitMs([probed], nowMs)[0] ?? 0;
  });
  for (const unit of units) expect(unit).toBeCloseTo(10 / 1.6, 1);
});

test("no number of stale or zero samples makes a unit other than a number", () => {
  for (const nowMs of [0, 1e4, 1e9])
    for (const unit of unitMs([sampled(0), sampled(40), target()], nowMs))
      expect(Number.isFinite(unit)).toBeTrue();
});

test("while more are under way than have been answered, the group speaks for the target", () => {
  const group = sampled(10);
  const [quiet, flooded] = [target(), target()];
  for (const t of [quiet, flooded]) for (let i = 0; i < 5; i++) t.requestLatency.record(1, 0);
  for (let i = 0; i < 100; i++) flooded.begin();
  const [, alone = 0, inBurst = 0] = unitMs([group, quiet, flooded]);
  expect(alone).toBeLessThan(2);
  expect(inBurst).toBeGreaterThan(8);
});

test("a well-known target may have many in flight for good", () => {
  const known = sampled(40);
  for (let i = 0; i < 10; i++) known.requestLatency.record(40, 0);
  for (let i = 0; i < 1000; i++) known.begin();
  const [, unit = 0] = unitMs([sampled(10), known]);
  expect(unit).toBeGreaterThan(38);
});

test("averages are outdated by a tenth of what they rest on, by anything when that is nothing, by nothing when it is much", () => {
  const latency = new GroupLatency();
  latency.refresh([target()], 0);
  expect([latency.isOutdatedBy(0), latency.isOutdatedBy(1)]).toEqual([false, true]);
  const [known, unknown] = [sampled(10), target()];
  const others = Array.from({ length: 4 }, () => unknown);
  latency.refresh([known, ...others], 0);
  expect([latency.isOutdatedBy(9), latency.isOutdatedBy(10)]).toEqual([false, true]);
  latency.refresh([known, unknown], 0);
  expect(latency.isOutdatedBy(1e6)).toBe(false);
});
