import { expect, test } from "bun:test";
import { type CostItem, costItems, totalOf } from "./costs.ts";
import { synthesize } from "./testing/synthesis.ts";

const counts = (items: readonly CostItem[]) =>
  Object.fromEntries(items.map(({ item, count }) => [item, count]));

test("lab: every instance, volume, address and endpoint is counted", () => {
  const items = costItems(synthesize("lab"));
  expect(counts(items)).toEqual({
    "instance t3.medium": 1,
    "instance t2.large": 4,
    "instance t2.micro": 5,
    "GB of volumes (gp3)": 80,
    "instance with metrics each minute": 10,
    "public IPv4 address": 1,
    "interface endpoint in a zone": 2,
  });
  // 0.0416 + 4 · 0.0928 + 5 · 0.0116 + 80 · 0.08/730 + 10 · 7 · 0.30/730 + 0.005 + 2 · 0.01
  expect(totalOf(items)).toBeCloseTo(0.53333, 4);
});

test("an ALB adds itself and an address in each zone", () => {
  const [without, withAlb] = [
    costItems(synthesize("lab")),
    costItems(synthesize("lab", { lab: { alb: true } })),
  ];
  expect((totalOf(withAlb) ?? 0) - (totalOf(without) ?? 0)).toBeCloseTo(0.0225 + 2 * 0.005, 6);
});

test("a fleet is priced at its least and at its most", () => {
  const fleet = synthesize("fleet");
  expect(counts(costItems(fleet))).toMatchObject({ "instance t3.medium": 2, "instance t2.large": 2 });
  expect(counts(costItems(fleet, "most"))).toMatchObject({
    "instance t3.medium": 6,
    "instance t2.large": 8,
    "instance t2.micro": 10,
    "GB of volumes (gp3)": 192,
  });
});

test("a type that is not in the list has no price, and the whole has none", () => {
  const items = costItems(synthesize("lab", { lab: { balancerType: "u-6tb1.metal" } }));
  expect(items).toContainEqual({ item: "instance u-6tb1.metal", count: 1, usdPerHour: undefined });
  expect(totalOf(items)).toBeUndefined();
});
