import { expect, test } from "bun:test";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { trendOf } from "./trend.ts";

const courses = 200;

/** 48 figures around what `level` says, most of them within a factor of two of it, some far above. */
function noisy(seed: number, level: (progress: number) => number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: 48 }, (_, index) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const wild = random() < 0.05 ? 10 : 1;
    return 1000 * level(index / 47) * Math.exp(0.4 * normal) * wild;
  });
}

/** In which share of the courses that the noise can take growth is seen. */
function shareSeen(level: (progress: number) => number): number {
  const seen = Array.from({ length: courses }, (_, seed) => trendOf(noisy(seed, level))).filter(
    ({ growth, chance }) => growth > 1.5 && chance < 0.01,
  );
  return seen.length / courses;
}

test("noise alone is hardly ever growth", () => {
  expect(shareSeen(() => 1)).toBeLessThanOrEqual(0.02);
});

test("what falls is never growth", () => {
  expect(shareSeen((progress) => 3 - 2 * progress)).toBe(0);
});

test("growth to three times the begin is seen through noise", () => {
  expect(shareSeen((progress) => 1 + 2 * progress)).toBeGreaterThan(0.95);
});

test.each([0.25, 0.5, 0.75])("a step to three times the begin after %d of the time is seen", (after) => {
  expect(shareSeen((progress) => (progress < after ? 1 : 3))).toBeGreaterThan(0.85);
});

test("growth by less than is asked for is told as it is", () => {
  const { growth, chance } = trendOf(Array.from({ length: 30 }, (_, index) => 1000 + 10 * index));
  expect(growth).toBeCloseTo(1.29, 1);
  expect(chance).toBeLessThan(1e-6);
});

test("figures that are all the same have no trend", () => {
  expect(trendOf(Array.from({ length: 20 }, () => 7))).toEqual({ growth: 1, chance: 1 });
});

test("the chance is that of the normal approximation, with ties and without", () => {
  // S = 45 and a variance of 125, S = 12 and a variance of 25.3.
  expect(trendOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).chance).toBeCloseTo(4.1515e-5, 7);
  expect(trendOf([1, 1, 2, 2, 3, 3]).chance).toBeCloseTo(0.014427, 6);
});
