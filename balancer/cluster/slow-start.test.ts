import { expect, test } from "bun:test";
import { RampGate } from "./ramp-gate.ts";
import { SlowStart } from "./slow-start.ts";
import { Target } from "./target.ts";

function target(id: string, rampedFromMs?: number, weight = 1): Target {
  const made = new Target(id, `http://${id}`, weight, 0, 1000);
  if (rampedFromMs !== undefined) made.rampFrom(rampedFromMs);
  return made;
}

test("a share grows from the least to all, as fast as the aggression says", () => {
  const shares = (aggression: number) => {
    const slowStart = new SlowStart({ windowMs: 1000, aggression, minShare: 0.1 });
    const ramping = target("a", 5000);
    return [4000, 5000, 5250, 5500, 6000].map((nowMs) => slowStart.shareOf(ramping, nowMs));
  };
  expect(shares(1)).toEqual([0.1, 0.1, 0.25, 0.5, 1]);
  expect(shares(2)[2]).toBeCloseTo(0.5, 9);
  expect(shares(0.5)[3]).toBeCloseTo(0.25, 9);
});

test("who was there from the start has all of it, and a window that begins at 0 counts", () => {
  const slowStart = new SlowStart({ windowMs: 1000, aggression: 1, minShare: 0.1 });
  expect(slowStart.shareOf(target("a"), 0)).toBe(1);
  expect(slowStart.shareOf(target("b", 0), 500)).toBeCloseTo(0.5, 9);
});

test("the gate lets in as often as a share by weight allows, in the same list while nobody may", () => {
  const gate = new RampGate(new SlowStart({ windowMs: 1000, aggression: 1, minShare: 0.1 }));
  const [old, ramping, heavy] = [target("a"), target("b", 500), target("c", 500, 2)];
  const admitted = { b: 0, c: 0 };
  const lists = new Set<readonly Target[]>();
  const all = [old, ramping, heavy];
  for (let choice = 0; choice < 1000; choice++) {
    const list = gate.admit(all, 1000);
    lists.add(list);
    expect(list).toContain(old);
    // Half of their shares of 1 and 2, beside 1.
    for (const [id, candidate] of [
      ["b", ramping],
      ["c", heavy],
    ] as const) {
      if (!list.includes(candidate)) continue;
      admitted[id]++;
      gate.took(candidate);
    }
  }
  expect(Math.abs(admitted.b - 200)).toBeLessThan(3);
  expect(Math.abs(admitted.c - 400)).toBeLessThan(3);
  expect(lists.size).toBeLessThan(606);
  expect(gate.admit(all, 1500)).toBe(all);
});
