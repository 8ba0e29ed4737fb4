import { expect, test } from "bun:test";
import { seededRandom } from "../../cluster/random.ts";
import { Target } from "../../cluster/target.ts";
import { priorSamples } from "./prior.ts";

/** A target of that mean with so many exponential samples at 0. */
function drawn(meanMs: number, samples: number, seed: number): Target {
  const random = seededRandom(seed);
  const target = new Target("t", "http://t", 1, 0, 10_000);
  for (let i = 0; i < samples; i++) target.requestLatency.record(-Math.log(1 - random()) * meanMs, 0);
  return target;
}

test("equal targets are taken for equal: the group's mean is worth the most", () => {
  for (let seed = 1; seed < 50; seed++) {
    const targets = Array.from({ length: 9 }, (_, index) => drawn(5, 50, 100 * seed + index));
    expect(priorSamples(targets, 0)).toBeGreaterThan(9);
  }
});

test("one of nine that is ten times as slow counts by its own samples", () => {
  for (let seed = 1; seed < 50; seed++) {
    const targets = Array.from({ length: 9 }, (_, index) =>
      drawn(index === 0 ? 50 : 5, 50, 100 * seed + index),
    );
    expect(priorSamples(targets, 0)).toBeLessThan(4);
  }
});

test("the more unlike the targets, the less the mean says, and never less than one sample", () => {
  const worth = [1, 2, 4, 16, 64].map((ratio) =>
    priorSamples(
      Array.from({ length: 8 }, (_, index) => drawn(index % 2 === 0 ? 5 : 5 * ratio, 80, index)),
      0,
    ),
  );
  expect(worth).toEqual(worth.toSorted((a, b) => b - a));
  expect([worth[0], worth.at(-1)]).toEqual([10, 1]);
});

test("targets without samples say nothing", () => {
  expect(priorSamples([drawn(5, 0, 1), drawn(5, 50, 2)], 0)).toBe(1);
});
