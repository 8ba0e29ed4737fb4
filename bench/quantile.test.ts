import { expect, test } from "bun:test";
import { quantile } from "./quantile.ts";

const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);

test.each([
  [0, 1],
  [0.01, 1],
  [0.5, 50],
  [0.501, 51],
  [0.99, 99],
  [1, 100],
])("of 1 to 100, the quantile %p is %p", (q, expected) => {
  expect(quantile(hundred, q)).toBe(expected);
});

test("of one value each quantile is that value, of none there is none", () => {
  expect([0, 0.5, 1].map((q) => quantile([7], q))).toEqual([7, 7, 7]);
  expect(quantile([], 0.5)).toBeNaN();
});
