import { expect, test } from "bun:test";
import type { MetricDatum } from "@aws-sdk/client-cloudwatch";
import { UnsentData } from "./unsent.ts";

const data = (count: number, from = 0): MetricDatum[] =>
  Array.from({ length: count }, (_, index) => ({ MetricName: "m", Value: from + index }));

test("a call takes 1000 at most, and what is not sent stays", () => {
  const unsent = new UnsentData(10_000);
  unsent.add(data(2500));
  expect(unsent.next()).toHaveLength(1000);
  expect(unsent.next()[0]?.Value).toBe(0);
  unsent.sent(1000);
  expect(unsent.next()[0]?.Value).toBe(1000);
  unsent.sent(1000);
  expect(unsent.next()).toHaveLength(500);
  unsent.sent(500);
  expect(unsent.next()).toEqual([]);
});

test("a call takes a megabyte at most, and one datum in any case", () => {
  const unsent = new UnsentData(10_000);
  const long = { MetricName: "m".repeat(400_000) };
  unsent.add([long, long, long, { MetricName: "m".repeat(2_000_000) }]);
  expect(unsent.next()).toHaveLength(2);
  unsent.sent(2);
  expect(unsent.next()).toHaveLength(1);
  unsent.sent(1);
  expect(unsent.next()).toHaveLength(1);
});

test("when too much waits the oldest is lost, and it is said how much", () => {
  const unsent = new UnsentData(10);
  expect(unsent.add(data(8))).toBe(0);
  expect(unsent.add(data(5, 100))).toBe(3);
  expect(unsent.next().map(({ Value }) => Value)).toEqual([3, 4, 5, 6, 7, 100, 101, 102, 103, 104]);
});
