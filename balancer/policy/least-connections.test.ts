import { expect, test } from "bun:test";
import { PolicyFixture } from "./policy.fixture.ts";

const config = { name: "least-connections" } as const;

test("the fewest in flight for its weight, the one to come counted in", () => {
  const fixture = new PolicyFixture(config, [1, 3]);
  const chosen = Array.from({ length: 8 }, () => fixture.begin().target.id).join("");
  expect(chosen).toBe("bbabbbab");
});

test("ties go by turns, not by order", () => {
  const fixture = new PolicyFixture(config, [1, 1, 1]);
  const chosen = Array.from({ length: 6 }, () => fixture.choose().id).join("");
  expect(chosen).toBe("abcabc");
});

test("in-flight counts from the choice on", () => {
  const fixture = new PolicyFixture(config, [1, 1]);
  const held = fixture.begin();
  expect([fixture.choose().id, fixture.choose().id]).toEqual(["b", "b"]);
  held.end({ kind: "cancelled" });
  expect(fixture.choose().id).toBe("a");
});
