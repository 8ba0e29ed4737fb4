import { expect, test } from "bun:test";
import { slowdownBy } from "./noisy-neighbour.ts";

const noise = { everyMs: 100, forMs: 10, slowdown: 3 };

test("slows work down for a part of every period", () => {
  const slowdownAt = slowdownBy(noise, 0);
  expect([0, 9.9, 10, 99.9, 100, 105, 110].map(slowdownAt)).toEqual([3, 3, 1, 1, 3, 3, 1]);
});

test("the phase shifts the period", () => {
  const slowdownAt = slowdownBy(noise, 0.25);
  expect([0, 74.9, 75, 84.9, 85].map(slowdownAt)).toEqual([1, 1, 3, 3, 1]);
});
