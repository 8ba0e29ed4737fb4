import { expect, test } from "bun:test";
import { quantileMs } from "./quantile.ts";

const boundsMs = [10, 20, 50];

test.each([
  [[0, 0, 0, 0], 0.5, null],
  [[10, 0, 0, 0], 0.5, 5],
  [[0, 10, 0, 0], 0.5, 15],
  [[50, 49, 1, 0], 0.99, 20],
  [[50, 0, 50, 0], 0.99, 49.4],
  [[0, 0, 0, 7], 0.5, 50],
] as const)("of %j, quantile %p is %p", (counts, quantile, expected) => {
  const found = quantileMs(boundsMs, counts, quantile);
  if (expected === null) expect(found).toBe(null);
  else expect(found).toBeCloseTo(expected, 9);
});
