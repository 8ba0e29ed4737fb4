import { expect, test } from "bun:test";
import { PolicyFixture } from "./policy.fixture.ts";

const config = { name: "hash", on: { kind: "ip" } } as const;
const keys = Array.from({ length: 2000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);

function homes(fixture: PolicyFixture): Map<string, string> {
  return new Map(keys.map((key) => [key, fixture.choose(key).id]));
}

test("the same key has the same target, in another balancer too", () => {
  const fixture = new PolicyFixture(config, [1, 1, 1], { seed: 1 });
  expect(homes(fixture)).toEqual(homes(fixture));
  expect(homes(fixture)).toEqual(homes(new PolicyFixture(config, [1, 1, 1], { seed: 2 })));
});

test("when a target goes only its keys move, and they come back with it", () => {
  const fixture = new PolicyFixture(config, [1, 1, 1, 1]);
  const before = homes(fixture);
  fixture.group.setState(fixture.target(2), "unhealthy");
  for (const [key, home] of homes(fixture)) {
    if (before.get(key) === "c") expect(home).not.toBe("c");
    else expect(home).toBe(before.get(key) ?? "");
  }
  fixture.group.setState(fixture.target(2), "healthy");
  expect(homes(fixture)).toEqual(before);
});

test("raising a weight moves keys only towards it", () => {
  const before = homes(new PolicyFixture(config, [1, 1, 1]));
  for (const [key, home] of homes(new PolicyFixture(config, [1, 2, 1])))
    if (home !== "b") expect(home).toBe(before.get(key) ?? "");
});

test("keys spread by weight", () => {
  const chosen = [...homes(new PolicyFixture(config, [1, 3])).values()];
  const light = chosen.filter((id) => id === "a").length / keys.length;
  expect(light).toBeGreaterThan(0.22);
  expect(light).toBeLessThan(0.28);
});

test("without a key it is drawn by weight", () => {
  const fixture = new PolicyFixture(config, [1, 3]);
  const chosen = Array.from({ length: 2000 }, () => fixture.choose().id);
  const light = chosen.filter((id) => id === "a").length / 2000;
  expect(light).toBeGreaterThan(0.2);
  expect(light).toBeLessThan(0.3);
});
