import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { seededRandom } from "../../cluster/random.ts";
import { Target } from "../../cluster/target.ts";
import { lowest } from "./lowest.ts";
import { betterOfTwo } from "./two.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/** Targets whose weights serve as their scores. */
function targets(...weights: number[]): Target[] {
  return weights.map((weight, i) => new Target(`t${i}`, `http://t${i}`, weight, 0, 10_000));
}
const byWeight = (target: Target) => target.weight;

describe("lowest", () => {
  test("finds the lowest score wherever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), (scores) => {
        expect(lowest(targets(...scores), byWeight)?.weight).toBe(Math.min(...scores));
      }),
    );
  });

  test("among equals takes the one chosen longest ago", () => {
    const [a, b, c] = targets(1, 1, 2) as [Target, Target, Target];
    [a.lastChosen, b.lastChosen, c.lastChosen] = [5, 3, 1];
    expect(lowest([a, b, c], byWeight)).toBe(b);
  });

  test("is nothing of nothing", () => {
    expect(lowest([], byWeight)).toBeUndefined();
  });
});

describe("betterOfTwo", () => {
  test("never takes the worst, and every other one at times", () => {
    const all = targets(1, 2, 3, 4);
    const random = seededRandom(1);
    const taken = new Set(Array.from({ length: 200 }, () => betterOfTwo(all, byWeight, random)?.weight));
    expect(taken).toEqual(new Set([1, 2, 3]));
  });

  test("among equals takes the one chosen longest ago", () => {
    const [a, b] = targets(1, 1) as [Target, Target];
    a.lastChosen = 1;
    const random = seededRandom(1);
    for (let i = 0; i < 20; i++) expect(betterOfTwo([a, b], byWeight, random)).toBe(b);
  });
});

describe("WeightedDraw", () => {
  test("draws in proportion", () => {
    const all = targets(1, 2, 7);
    const weighted = new WeightedDraw();
    weighted.prepare(all, byWeight);
    const random = seededRandom(1);
    const counts = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const weight = weighted.draw(random)?.weight ?? 0;
      counts.set(weight, (counts.get(weight) ?? 0) + 1);
    }
    for (const { weight } of all)
      expect(Math.abs((counts.get(weight) ?? 0) - weight * 1000)).toBeLessThan(200);
  });

  test("knows whether it is prepared for the very targets, and draws among fewer too", () => {
    const weighted = new WeightedDraw();
    const many = targets(1, 1, 1, 1);
    const few = targets(5);
    weighted.prepare(many, byWeight);
    weighted.prepare(few, byWeight);
    expect([weighted.isPreparedFor(few), weighted.isPreparedFor(many)]).toEqual([true, false]);
    for (const draw of [0, 0.5, 0.999_999]) expect(weighted.draw(() => draw)).toBe(few[0] as Target);
  });

  test("is nothing of nothing", () => {
    expect(new WeightedDraw().draw(() => 0.5)).toBeUndefined();
  });
});
