import { expect, test } from "bun:test";
import { PolicyFixture } from "./policy.fixture.ts";

const config = { name: "round-robin" } as const;

function order(fixture: PolicyFixture, count: number): string {
  return Array.from({ length: count }, () => fixture.choose().id).join("");
}

test("A B A B, also when the available targets are gathered anew", () => {
  const fixture = new PolicyFixture(config, [1, 1]);
  const chosen = Array.from({ length: 6 }, (_, i) => {
    fixture.group.setState(fixture.target(i % 2), i % 4 < 2 ? "healthy" : "unknown");
    return fixture.choose().id;
  });
  expect(chosen.join("")).toBe("ababab");
});

test("a target that comes back is next, and the others keep their order", () => {
  const fixture = new PolicyFixture(config, [1, 1, 1]);
  expect(order(fixture, 4)).toBe("abca");
  fixture.group.setState(fixture.target(1), "unhealthy");
  expect(order(fixture, 4)).toBe("caca");
  fixture.group.setState(fixture.target(1), "healthy");
  expect(order(fixture, 6)).toBe("bcabca");
});

test("what a retry leaves out does not lose its turn", () => {
  const fixture = new PolicyFixture(config, [1, 1, 1]);
  const first = fixture.begin();
  expect(fixture.group.begin(undefined, [first.target])?.target.id).toBe("b");
  expect(order(fixture, 3)).toBe("cab");
});
