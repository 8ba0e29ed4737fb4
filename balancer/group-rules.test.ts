import { expect, test } from "bun:test";
import { Target } from "./cluster/target.ts";
import { configSchema, type GroupConfig } from "./config/schema.ts";
import { groupRulesOf, outlierRulesOf } from "./group-rules.ts";

function groupOf(group: object): GroupConfig {
  const { groups } = configSchema.parse({
    listeners: [],
    groups: { g: { targets: [{ url: "http://127.0.0.1:1" }], ...group } },
  });
  if (groups.g === undefined) throw new Error("expected the group that was given");
  return groups.g;
}

test("every key of outlierDetection is a rule, percentages are shares", () => {
  const { outlierDetection } = groupOf({
    outlierDetection: {
      consecutive5xx: 1,
      consecutiveGatewayFailure: 2,
      consecutiveLocalOriginFailure: 3,
      successRate: { minimumHosts: 4, requestVolume: 5, stdevFactor: 6, minimumGapPercent: 7 },
      latency: { minimumHosts: 8, requestVolume: 9, factor: 10, for: "11s" },
      interval: "12s",
      baseEjectionTime: "13s",
      maxEjectionTime: "14s",
      jitter: "1s",
      maxEjectedPercent: 16,
    },
  });
  expect(outlierRulesOf(outlierDetection)).toMatchObject({
    streaks: { consecutive5xx: 1, consecutiveGatewayFailure: 2, consecutiveLocalOriginFailure: 3 },
    successRate: { minimumHosts: 4, requestVolume: 5, stdevFactor: 6, minimumGap: 0.07 },
    latency: { minimumHosts: 8, requestVolume: 9, factor: 10, forMs: 11_000 },
    intervalMs: 12_000,
    baseEjectionMs: 13_000,
    maxEjectionMs: 14_000,
    jitterMs: 1000,
    maxEjectedShare: 0.16,
  });
});

test.each([
  [false, "a", undefined],
  [true, "a", { own: "a", maxLoad: undefined }],
  [{ maxLoad: 1.5 }, "a", { own: "a", maxLoad: 1.5 }],
  [true, undefined, undefined],
])("zonePreference %j of a balancer in zone %p is %j", (zonePreference, own, rule) => {
  expect(groupRulesOf(groupOf({ zonePreference }), own).zone).toEqual(rule);
});

test("panicThreshold is a share", () => {
  expect(groupRulesOf(groupOf({ panicThreshold: 30 }), undefined).panicThreshold).toBe(0.3);
});

test("slowStart begins at minWeightPercent and ends after its window", () => {
  const { slowStart } = groupRulesOf(
    groupOf({ slowStart: { window: "20s", aggression: 2, minWeightPercent: 25 } }),
    undefined,
  );
  const target = new Target("a", "http://a", 1, 0, 10_000);
  target.rampFrom(1000);
  const shares = [1000, 1000 + 20_000 / 4, 21_000].map((nowMs) => slowStart?.shareOf(target, nowMs));
  expect(shares).toEqual([0.25, 0.5, 1]);
});

test.each([
  [
    {
      name: "prequal",
      poolSize: 5,
      probeLife: "2s",
      probesPerQuery: 2,
      removalsPerQuery: 0.5,
      hotQuantile: 0.9,
    },
    {
      name: "prequal",
      poolSize: 5,
      probeLifeMs: 2000,
      probesPerQuery: 2,
      removalsPerQuery: 0.5,
      hotQuantile: 0.9,
    },
  ],
  [
    { name: "cloudwatch", limit: 50, interval: "30s", maxAge: "5m" },
    { name: "cloudwatch", limit: 50, intervalMs: 30_000, maxAgeMs: 300_000 },
  ],
  [
    { name: "least-load", path: "/busy", interval: "3s" },
    { name: "least-load", path: "/busy", intervalMs: 3000 },
  ],
])("the policy %j has its options", (policy, options) => {
  expect(groupOf({ policy }).policy).toMatchObject(options);
});
