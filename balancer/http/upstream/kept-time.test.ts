import { expect, test } from "bun:test";
import { KeptTime } from "./kept-time.ts";

test("a target that has closed nothing is trusted", () => {
  expect(new KeptTime().mayEnd(1e9, 0)).toBe(false);
});

test("half of the shortest time seen is trusted, until nothing has been seen for long", () => {
  const kept = new KeptTime();
  kept.note(5000, 10_000);
  kept.note(8000, 11_000);
  expect([0, 2498, 2499, 9000].map((idleMs) => kept.mayEnd(idleMs, 12_000))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect([39_999, 40_000].map((nowMs) => kept.mayEnd(6000, nowMs))).toEqual([true, false]);
  kept.note(8000, 40_000);
  expect(kept.mayEnd(3000, 40_001)).toBe(false);
});

test("of a target that closes at once nothing is trusted", () => {
  const kept = new KeptTime();
  kept.note(0.4, 0);
  expect(kept.mayEnd(0, 1)).toBe(true);
});
