import { describe, expect, test } from "bun:test";
import { Target } from "../cluster/target.ts";
import { hotColdBest, hotColdWorst, ProbePool } from "./probe-pool.ts";

const targets = Array.from({ length: 6 }, (_, i) => new Target(`t${i}`, `http://t${i}`, 1, 0, 10_000));

function poolOf(
  size: number,
  ...reports: readonly (readonly [target: number, latencyMs: number, inFlight: number])[]
) {
  const pool = new ProbePool(size, 1000, 0.84);
  for (const [index, latencyMs, inFlight] of reports) {
    const target = targets[index];
    if (target !== undefined) pool.add(target, { latencyMs, inFlight }, index, 1);
  }
  return pool;
}
const ids = (pool: ProbePool) => pool.reports.map((r) => r.target.id);

describe("the pool", () => {
  test("keeps each target's latest report, and drops the oldest when it is full", () => {
    expect(ids(poolOf(3, [0, 1, 1], [1, 1, 1], [0, 2, 2]))).toEqual(["t1", "t0"]);
    expect(ids(poolOf(3, [0, 1, 1], [1, 1, 1], [2, 1, 1], [3, 1, 1]))).toEqual(["t1", "t2", "t3"]);
  });

  test("drops reports older than their life", () => {
    const pool = poolOf(5, [0, 1, 1], [1, 1, 1], [2, 1, 1]);
    pool.dropExpired(1001);
    expect(ids(pool)).toEqual(["t1", "t2"]);
  });

  test("a target that does not say counts with what the balancer itself has there", () => {
    const [target] = targets as [Target];
    for (let i = 0; i < 4; i++) target.begin();
    const pool = new ProbePool(4, 1000, 0.84);
    pool.add(target, { latencyMs: 1, inFlight: undefined }, 0, 1);
    for (let i = 0; i < 4; i++) target.end({ kind: "cancelled" });
    expect(pool.reports[0]?.inFlight).toBe(4);
  });

  test("hot is above the 0.84 quantile of the recent in-flight counts", () => {
    const pool = new ProbePool(4, 1000, 0.84);
    for (let i = 1; i <= 50; i++) pool.add(targets[i % 4] as Target, { latencyMs: 1, inFlight: i }, 0, 1);
    expect(pool.hotAbove()).toBe(42);
  });
});

describe("the hot-cold rule", () => {
  const { reports } = poolOf(6, [0, 50, 1], [1, 10, 9], [2, 20, 3], [3, 90, 12]);

  test("of the cold the lowest latency", () => {
    expect(hotColdBest(reports, 5)?.target.id).toBe("t2");
  });

  test("with none hot the lowest latency of all", () => {
    expect(hotColdBest(reports, 100)?.target.id).toBe("t1");
    expect(hotColdWorst(reports, 100)?.target.id).toBe("t3");
  });

  test("with all hot the fewest in flight", () => {
    expect(hotColdBest(reports, 0)?.target.id).toBe("t0");
  });

  test("worst is the hot one with the most in flight", () => {
    expect(hotColdWorst(reports, 5)?.target.id).toBe("t3");
  });

  test("nothing of nothing", () => {
    expect(hotColdBest([], 1)).toBeUndefined();
  });
});
