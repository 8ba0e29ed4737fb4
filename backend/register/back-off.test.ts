import { expect, test } from "bun:test";
import { backOffMs } from "./back-off.ts";

test("waits longer after each failure, up to 10 s, and never not at all", () => {
  const most = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => backOffMs(failures, () => 1));
  expect(most).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(backOffMs(9, () => 0)).toBe(50);
  expect(backOffMs(9, () => 0.5)).toBe(5025);
});
