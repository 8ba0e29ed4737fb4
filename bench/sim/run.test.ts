import { expect, test } from "bun:test";
import { policyNames } from "../../balancer/policy/registry.ts";
import { quantile } from "../quantile.ts";
import type { SimPolicyName } from "./balancer.ts";
import { runScenario } from "./run.ts";
import { Samples } from "./samples.ts";
import { loadScenario, parseScenario } from "./scenario.ts";

const short = { ...loadScenario("lab-60"), duration: 1000 };

test("the same seed gives the same requests, another one others", () => {
  const latencies = (seed: number) => runScenario(short, "prequal", seed).answered();
  expect(latencies(1)).toEqual(latencies(1));
  expect(latencies(1)).not.toEqual(latencies(2));
});

test("every request is accounted for, under every policy", () => {
  const arrivals = runScenario(short, "clairvoyant", 1).answered().length;
  expect(Math.abs(arrivals - 630)).toBeLessThan(100);
  for (const name of policyNames) expect(runScenario(short, name, 1).answered().length).toBe(arrivals);
});

test("a single queue comes to what theory says: mean 1 ÷ (μ − λ)", () => {
  const single = {
    title: "M/M/1",
    clusters: [{ name: "c", servers: 1, workers: 1, meanMs: 10 }],
    load: 0.5,
    duration: "600s",
  };
  const latencies = runScenario(parseScenario(JSON.stringify(single), "x", "x"), "round-robin", 1).answered();
  const meanMs = latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length;
  expect(Math.abs(meanMs - 20)).toBeLessThan(1);
});

test("requests are sent elsewhere when a server dies, and none is lost", () => {
  const scenario = loadScenario("dies");
  const samples = runScenario(scenario, "ewma", 1);
  expect(samples.failures()).toBe(0);
  expect(samples.share(1, 25_000, 40_000)).toBe(0);
  expect(samples.share(1, 60_000, 80_000)).toBeGreaterThan(0.15);
});

test("samples are ranked and counted within a window of arrivals", () => {
  const samples = new Samples();
  for (let i = 0; i < 10; i++) samples.add(i, 10 - i, i % 2, i === 9);
  expect([...samples.answered(2, 5)]).toEqual([6, 7, 8]);
  expect([samples.failures(), samples.failures(0, 9)]).toEqual([1, 0]);
  expect(samples.share(0, 0, 5)).toBe(0.6);
  expect(quantile(samples.answered(), 0.5)).toBe(6);
  expect(quantile(samples.answered(50), 0.5)).toBeNaN();
});

const two = {
  title: "two",
  clusters: [{ name: "c", servers: 2, workers: 1, meanMs: 10, service: "constant" }],
  load: 0.2,
  duration: "30s",
};
const run = (change: object, policy: SimPolicyName = "round-robin") =>
  runScenario(parseScenario(JSON.stringify({ ...two, ...change }), "x", "x"), policy, 1);

test("a burst comes within its time, besides the load", () => {
  const samples = run({ load: 0, bursts: [{ at: "1s", requests: 100, within: "500ms" }] });
  expect(samples.countByServer(2, 1000, 1500)).toEqual([50, 50]);
  expect(samples.answered().length).toBe(100);
  expect(samples.endedAtMs).toBeCloseTo(1505, 0);
});

test("the load changes where it steps", () => {
  const samples = run({ loadSteps: [{ at: "10s", load: 0.8 }] });
  const [before, after] = [samples.answered(0, 10_000).length, samples.answered(10_000, 20_000).length];
  expect(Math.abs(before / 400 - 1)).toBeLessThan(0.2);
  expect(Math.abs(after / 1600 - 1)).toBeLessThan(0.2);
});

test("late answers are late, and keep no worker busy", () => {
  const [cluster] = two.clusters;
  const latencies = run({ clusters: [{ ...cluster, lateAnswers: { share: 0.5, by: "5s" } }] }).answered();
  const late = latencies.filter((ms) => ms > 5000).length;
  expect(Math.abs(late / latencies.length - 0.5)).toBeLessThan(0.1);
  expect(quantile(latencies, 0.25)).toBeLessThan(20);
});

test("a server may fail a share of its requests, and weights count", () => {
  const failing = run({ events: [{ server: "c-1", at: "0s", until: "30s", status: 500, share: 0.3 }] });
  expect(Math.abs(failing.failures() / (0.5 * failing.answered().length) - 0.3)).toBeLessThan(0.1);
  const [cluster] = two.clusters;
  const clusters = [
    { ...cluster, servers: 1 },
    { ...cluster, name: "d", servers: 1, weight: 3 },
  ];
  expect(run({ clusters }, "weighted-round-robin").share(1)).toBeCloseTo(0.75, 1);
});
