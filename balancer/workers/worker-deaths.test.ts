import { expect, test } from "bun:test";
import { WorkerDeaths } from "./worker-deaths.ts";

test("a worker is replaced at once, unless the one before it has died just now", () => {
  const deaths = new WorkerDeaths();
  expect(deaths.count(1, 0)).toBe(0);
  expect(deaths.count(1, 9_999)).toBe(1000);
  expect(deaths.count(1, 19_998)).toBe(1000);
  expect(deaths.count(1, 29_998)).toBe(0);
});

test("deaths of other workers do not count", () => {
  const deaths = new WorkerDeaths();
  expect([deaths.count(1, 0), deaths.count(2, 1)]).toEqual([0, 0]);
});
