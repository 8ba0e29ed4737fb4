import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PolicyFixture } from "./policy.fixture.ts";

const inARow = { name: "weighted-round-robin", smooth: false } as const;
const smooth = { name: "weighted-round-robin", smooth: true } as const;

function order(fixture: PolicyFixture, count: number): string {
  return Array.from({ length: count }, () => fixture.choose().id).join("");
}

describe("in a row", () => {
  test("weights 3 and 5 give A A A B B B B B again and again", () => {
    expect(order(new PolicyFixture(inARow, [3, 5]), 24)).toBe("aaabbbbb".repeat(3));
  });

  test("fractional weights get their share over time", () => {
    const chosen = order(new PolicyFixture(inARow, [0.5, 1.25]), 700);
    expect(chosen.replaceAll("b", "").length).toBeCloseTo(200, -1);
  });

  test("a target that vanishes in its row gives way at once", () => {
    const fixture = new PolicyFixture(inARow, [3, 5]);
    expect(order(fixture, 5)).toBe("aaabb");
    fixture.group.setState(fixture.target(1), "unhealthy");
    expect(order(fixture, 4)).toBe("aaaa");
  });
});

describe("smooth", () => {
  test("weights 5, 1 and 1 are spread as nginx spreads them", () => {
    expect(order(new PolicyFixture(smooth, [5, 1, 1]), 14)).toBe("aabacaa".repeat(2));
  });
});

test("each round of choices holds every target as often as its weight", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.constantFrom(inARow, smooth), (weightList, config) => {
      const fixture = new PolicyFixture(config, weightList);
      const total = weightList.reduce((sum, weight) => sum + weight, 0);
      for (let round = 0; round < 3; round++) expect(fixture.serve(total, 1, () => 1)).toEqual(weightList);
    }),
  );
});
