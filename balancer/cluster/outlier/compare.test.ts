import { describe, expect, test } from "bun:test";
import { seededRandom } from "../random.ts";
import { isStreakByChance, latencyOutliers, type Sample, successRateOutliers } from "./compare.ts";

const rules = { minimumHosts: 3, requestVolume: 100, stdevFactor: 1.9, minimumGap: 0.1 };
const samples = (...failures: readonly number[]): Sample<number>[] =>
  failures.map((failed, target) => ({ target, requests: 1000, failures: failed, latencyMs: undefined }));
const outliers = (found: readonly Sample<number>[], more = {}) =>
  successRateOutliers(found, { ...rules, ...more }).map(({ target }) => target);

describe("success rate", () => {
  test("a target that fails far more often than the others is an outlier, also of three", () => {
    expect(outliers(samples(300, 0, 0, 0, 0, 0, 0, 0, 0))).toEqual([0]);
    expect(outliers(samples(10, 300, 12))).toEqual([1]);
    expect(successRateOutliers(samples(300, 0, 0), rules)).toEqual([{ target: 0, rate: 0.7, othersRate: 1 }]);
  });

  test("so are two of nine, the worst first", () => {
    expect(outliers(samples(400, 0, 0, 0, 600, 0, 0, 0, 0), { stdevFactor: 1 })).toEqual([4, 0]);
  });

  test("what all do, or what differs little, makes no outlier", () => {
    expect(outliers(samples(300, 310, 290, 300))).toEqual([]);
    // Envoy's rule would eject it: nothing else deviates at all.
    expect(outliers(samples(20, 0, 0, 0, 0, 0, 0, 0, 0))).toEqual([]);
    expect(outliers(samples(20, 0, 0, 0, 0, 0, 0, 0, 0), { minimumGap: 0 })).toEqual([0]);
    expect(outliers(samples(0, 0, 0), { minimumGap: 0 })).toEqual([]);
  });

  test("with few targets or few requests nothing is compared", () => {
    expect(outliers(samples(300, 0))).toEqual([]);
    expect(outliers(samples(300, 0), { minimumHosts: 2 })).toEqual([0]);
    expect(outliers(samples(300, 0, 0).map((sample) => ({ ...sample, requests: 99 })))).toEqual([]);
  });

  test("chance alone makes next to none, even where every fifth request fails", () => {
    const random = seededRandom(1);
    let found = 0;
    for (let round = 0; round < 1000; round++) {
      const drawn = Array.from({ length: 9 }, (_, target) => {
        let failures = 0;
        for (let i = 0; i < 100; i++) if (random() < 0.2) failures++;
        return { target, requests: 100, failures, latencyMs: undefined };
      });
      found += outliers(drawn).length;
    }
    expect(found / 9000).toBeLessThan(0.001);
  });
});

test("a target is slow when it takes so many times the others' median", () => {
  const latency = { minimumHosts: 3, requestVolume: 20, factor: 5, forMs: 0 };
  const slow = (ms: readonly (number | undefined)[], requests = 20) =>
    latencyOutliers(
      ms.map((latencyMs, target) => ({ target, requests, failures: 0, latencyMs })),
      latency,
    );
  expect(slow([10, 11, 56, 9])).toEqual([{ target: 2, latencyMs: 56, othersMs: 10 }]);
  expect(slow([10, 10, 49])).toEqual([]);
  expect(slow([10, undefined, 100])).toEqual([]);
  expect(slow([10, 10, 100], 19)).toEqual([]);
});

test("a row of failures says nothing where the others fail as often", () => {
  const others = (failures: number) => samples(failures, failures, failures);
  expect(isStreakByChance(5, 1000, others(0))).toBeFalse();
  expect(isStreakByChance(5, 1000, others(50))).toBeFalse();
  expect(isStreakByChance(5, 1000, others(200))).toBeTrue();
  expect(isStreakByChance(5, 5, others(1000))).toBeTrue();
  // One of the others that fails too is no reason to spare this one.
  expect(isStreakByChance(5, 1000, samples(1000, 0, 0))).toBeFalse();
  expect(isStreakByChance(1, 1, others(5))).toBeFalse();
  expect(isStreakByChance(1, 1, others(200))).toBeTrue();
  expect(isStreakByChance(5, 5, [])).toBeFalse();
});
