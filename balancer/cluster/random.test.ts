import { expect, test } from "bun:test";
import { seededRandom, systemRandom } from "./random.ts";

const draw = (count: number, random: () => number) => Array.from({ length: count }, random);

test("the same seed draws the same, another something else", () => {
  expect(draw(5, seededRandom(1))).toEqual(draw(5, seededRandom(1)));
  expect(draw(5, seededRandom(1))).not.toEqual(draw(5, seededRandom(2)));
});

test("draws are uniform in [0, 1)", () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (const value of draw(20_000, seededRandom(3))) {
    const bucket = Math.floor(value * 10);
    buckets[bucket] = (buckets[bucket] ?? Number.NaN) + 1;
  }
  for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test("the unseeded source differs from one to the next", () => {
  expect(draw(4, systemRandom())).not.toEqual(draw(4, systemRandom()));
});
