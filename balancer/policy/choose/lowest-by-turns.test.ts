import { expect, test } from "bun:test";
import { Target } from "../../cluster/target.ts";
import { lowestByTurns } from "./lowest-by-turns.ts";
import { LowestCost } from "./lowest-cost.ts";

/** A target whose cost is this, or as low as that; chosen so long ago that it is its turn. */
function target(unitCostMs: number, leastUnitCostMs = unitCostMs, lastChosen = 0): Target {
  const t = new Target(`t${unitCostMs}`, "http://t", 1, 0, 10_000);
  return Object.assign(t, { unitCostMs, leastUnitCostMs, lastChosen });
}

const choose = (targets: readonly Target[]) => lowestByTurns(targets, new LowestCost());

test("an idle target that may be as good has its turn, one that is known to be worse has none", () => {
  const best = target(10, 10, 5);
  const unlucky = target(30, 9);
  const slow = target(30);
  expect(choose([best, slow, unlucky])).toBe(unlucky);
  expect(choose([best, slow])).toBe(best);
});

test("a busy target has no turn, and where the best is busy nobody has one", () => {
  const best = target(10, 10, 5);
  const other = target(11, 11);
  other.begin();
  expect(choose([best, other])).toBe(best);
  const cheap = target(1, 1, 5);
  cheap.begin();
  expect(choose([cheap, target(3, 1)])).toBe(cheap);
});

test("of more than 16 the very lowest is taken", () => {
  const best = target(10, 10, 5);
  const others = Array.from({ length: 16 }, () => target(11));
  expect(choose([best, ...others])).toBe(best);
  expect(choose([best, ...others.slice(1)])).not.toBe(best);
});
