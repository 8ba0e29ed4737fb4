import { expect, test } from "bun:test";
import { policyNames } from "../../../balancer/policy/registry.ts";
import type { SimPolicyName } from "../balancer.ts";
import { runScenario } from "../run.ts";
import { parseScenario, serverIds } from "../scenario.ts";
import { compare } from "./compare.ts";
import { randomScenario } from "./random-scenario.ts";
import { distributionOf, distributionsText, type Found, search, worstText } from "./search.ts";

test("a seed gives the same scenario again, and the seeds together all that may happen", () => {
  expect(randomScenario(7)).toEqual(randomScenario(7));
  const drawn = Array.from({ length: 200 }, (_, i) => randomScenario(i));
  for (const { clusters, load } of drawn) {
    const servers = clusters.flatMap(serverIds).length;
    expect(servers).toBeGreaterThanOrEqual(2);
    expect(servers).toBeLessThanOrEqual(40);
    expect(load).toBeLessThanOrEqual(0.9);
  }
  const some = (has: (scenario: (typeof drawn)[number]) => boolean) => drawn.filter(has).length;
  const kinds = ["slowdown", "down", "status"].map((kind) =>
    some(({ events }) => events.some((e) => kind in e)),
  );
  const others = [
    some(({ bursts }) => bursts.length > 0),
    some(({ loadSteps }) => loadSteps.length > 0),
    some(({ balancers }) => balancers > 1),
    some(({ probes }) => probes === undefined),
    some(({ clusters }) => clusters.some(({ lateAnswers }) => lateAnswers !== undefined)),
    some(({ clusters }) => clusters.some(({ weight }) => weight > 1)),
    some(({ clusters }) => clusters.some(({ probeSlowness }) => probeSlowness !== 1)),
  ];
  for (const count of [...kinds, ...others]) expect(count).toBeGreaterThan(3);
});

/** For a busy machine. */
const longestMs = 60_000;
/** Short, with no more than some thousand requests. */
const seeds = [12, 86, 112, 200];

for (const policy of policyNames) {
  test(`${policy} answers all requests of random scenarios, each after some time`, () => {
    for (const seed of seeds) {
      const scenario = { ...randomScenario(seed), duration: 10_000 };
      const samples = runScenario(scenario, policy, seed);
      const latencies = samples.answered();
      const due = runScenario(scenario, "clairvoyant", seed);
      expect(latencies.length + samples.failures()).toBe(due.answered().length + due.failures());
      expect(latencies.every((ms) => Number.isFinite(ms) && ms >= 0)).toBeTrue();
    }
  });
}

test(
  "ewma is behind least-connections in few random scenarios, and ahead in most",
  () => {
    const found = search(["ewma"], 10, 201);
    const { ratios, worseThanBoth } = distributionOf("ewma", found);
    expect(ratios[1]).toBeLessThan(0.95);
    expect(worseThanBoth).toBeLessThanOrEqual(1);
  },
  longestMs,
);

test("one answer in a hundred that is late by seconds does not keep its target out", () => {
  const policies = compare(randomScenario(216), ["ewma", "least-connections"], 216);
  const [ewma, leastConnections] = [policies.get("ewma"), policies.get("least-connections")];
  expect(ewma?.p99Ms).toBeLessThan((leastConnections?.p99Ms ?? 0) * 1.15);
});

test("a policy that gives a good target nothing is seen to starve it", () => {
  const cluster = { name: "a", servers: 1, workers: 2, meanMs: 20 };
  const clusters = [cluster, { ...cluster, name: "b", weight: 0.001 }];
  const scenario = parseScenario(
    JSON.stringify({ title: "x", clusters, load: 0.5, duration: "10s" }),
    "x",
    "x",
  );
  const starvedBy = (policy: SimPolicyName) => compare(scenario, [policy], 1).get(policy)?.starved;
  expect(starvedBy("weighted-round-robin")).toEqual([{ server: 1, fromMs: 0 }]);
  expect(starvedBy("round-robin")).toEqual([]);
});

test("what was found is told: the distribution, and where a policy is behind", () => {
  const at = (p99Ms: number) => ({ p99Ms, meanMs: 1, failures: 0, requests: 9, starved: [] });
  const one = (name: string, ewmaMs: number): Found => ({
    name,
    title: `title of ${name}`,
    policies: new Map([
      ["clairvoyant", at(9)] as const,
      ["least-connections", at(10)] as const,
      ["ewma", at(ewmaMs)] as const,
    ]),
  });
  const all = [one("a", 5), one("b", 10), one("c", 20)];
  const distribution = distributionOf("ewma", all);
  expect(distribution).toMatchObject({
    ratios: [0.5, 1, 2, 2, 2],
    scenarios: 3,
    worse: 1,
    worseThanBoth: 1,
    starving: 0,
  });
  expect(distributionsText([distribution])).toContain("ewma");
  expect(worstText("ewma", all)).toBe(
    "c: title of c\n  clairvoyant 9.0 ms, 0 failed; least-connections 10.0 ms, 0 failed; ewma 20.0 ms, 0 failed",
  );
});
