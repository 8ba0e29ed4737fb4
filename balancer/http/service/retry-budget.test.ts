import { expect, test } from "bun:test";
import fc from "fast-check";
import { privateGroupCounts } from "../../observe/group-counts.ts";
import { RetryBudget } from "./retry-budget.ts";

/** Asks for as many further attempts as it gets. */
function takeAll(budget: RetryBudget, nowMs: number, open = 0): number {
  let taken = 0;
  for (; budget.allows(nowMs, open); taken++) budget.take();
  return taken;
}

test("a share of the last ten seconds' requests", () => {
  const counts = privateGroupCounts();
  const budget = new RetryBudget({ share: 0.2, minPerSecond: 0 }, counts);
  for (let i = 0; i < 100; i++) budget.count(i * 50);
  expect(takeAll(budget, 5000)).toBe(20);
  expect([counts.sum("budgetTaken"), counts.sum("budgetDenied")]).toEqual([20, 1]);
  budget.count(9000);
  // What was spent is forgotten with the requests that it was spent of.
  expect(takeAll(budget, 20_000)).toBe(0);
  for (let i = 0; i < 10; i++) budget.count(20_000);
  expect(takeAll(budget, 20_000)).toBe(2);
});

test("a share of the open requests, where they are more", () => {
  const budget = new RetryBudget({ share: 0.2, minPerSecond: 0 });
  budget.count(0);
  expect(takeAll(budget, 60_000, 50)).toBe(10);
});

test("so many a second always", () => {
  const budget = new RetryBudget({ share: 0, minPerSecond: 3 });
  expect(takeAll(budget, 0)).toBe(30);
  expect(takeAll(budget, 60_000)).toBe(30);
});

test("over any ten seconds never more than it may, however requests come", () => {
  const steps = fc.array(fc.record({ afterMs: fc.nat(4000), requests: fc.nat(20) }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 0.1, 0.2, 1), (arrivals, share) => {
      const counts = privateGroupCounts();
      const budget = new RetryBudget({ share, minPerSecond: 0 }, counts);
      let nowMs = 0;
      let requests = 0;
      for (const step of arrivals) {
        nowMs += step.afterMs;
        for (let i = 0; i < step.requests; i++) budget.count(nowMs);
        requests += step.requests;
        takeAll(budget, nowMs);
      }
      // Each slot of a second may be counted in eleven windows, but spent in one only.
      expect(counts.sum("budgetTaken")).toBeLessThanOrEqual(requests * share + 1e-9);
    }),
  );
});
