import { expect, test } from "bun:test";
import { policyNames } from "../../balancer/policy/registry.ts";
import { runScenario } from "./run.ts";
import { quantile, Samples } from "./samples.ts";
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
