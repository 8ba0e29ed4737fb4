import { describe, expect, test } from "bun:test";
import type { PolicyConfig } from "./options.ts";
import { type FixtureOptions, PolicyFixture } from "./policy.fixture.ts";

const takes20 = () => 20;
const window = { windowMs: 10_000, aggression: 1, minShare: 0.1 };

/** A fixture whose targets stand as `places` says, such as `a0`: zone a, priority 0. */
function placed(config: PolicyConfig, places: readonly string[], more: FixtureOptions = {}) {
  const placeOf = (index: number) => {
    const [zone = "", priority = "0"] = places[index] ?? "";
    return { zone, priority: Number(priority) };
  };
  const fixture = new PolicyFixture(
    config,
    places.map(() => 1),
    { placeOf, panicThreshold: 0.5, ...more },
  );
  return {
    fixture,
    set(state: "healthy" | "unhealthy", ...indexes: readonly number[]) {
      for (const index of indexes) fixture.group.setState(fixture.target(index), state);
    },
    /** Of so many requests, the part that each target gets. */
    shares: (count = 2000) => fixture.serve(count, 5, takes20).map((chosen) => chosen / count),
  };
}

const sum = (shares: readonly number[]) => shares.reduce((total, share) => total + share, 0);

/** What holds for every policy of the subsets that it chooses from, and of who is new among them. */
export function tierCases(config: PolicyConfig): void {
  describe("tiers", () => {
    test("the first priority takes all while it can, then what it can; the next takes the rest", () => {
      const { shares, set } = placed(config, ["a0", "a0", "a1", "a1"]);
      expect(sum(shares().slice(0, 2))).toBe(1);
      set("unhealthy", 1);
      const spilling = shares();
      expect(spilling[0]).toBeCloseTo(0.7, 1);
      expect(spilling[1]).toBe(0);
      for (const share of spilling.slice(2)) expect(share).toBeGreaterThan(0.05);
      set("unhealthy", 0);
      expect(sum(shares().slice(2))).toBe(1);
      set("healthy", 0, 1);
      expect(sum(shares().slice(0, 2))).toBe(1);
    });

    test("the own zone takes all while it carries its part, then so many times the mean", () => {
      const zone = { own: "a", maxLoad: undefined };
      const { shares, set } = placed(config, ["a0", "a0", "b0", "b0", "c0", "c0"], { zone });
      expect(sum(shares().slice(0, 2))).toBe(1);
      set("unhealthy", 1);
      const spilling = shares();
      expect(spilling[0]).toBeCloseTo(0.6, 1);
      for (const share of spilling.slice(2)) expect(share).toBeGreaterThan(0.02);
    });

    test("a request that has tried all of a tier goes on to the next", () => {
      const { fixture } = placed(config, ["a0", "a1"]);
      expect(fixture.group.begin("k", [fixture.target(0)])?.target).toBe(fixture.target(1));
      expect(fixture.group.begin("k", fixture.targets)).toBeUndefined();
    });

    test("in panic every target gets a part", () => {
      const { shares, set } = placed(config, ["a0", "a0", "a0", "a0"]);
      set("unhealthy", 0, 1, 2);
      for (const share of shares()) expect(share).toBeGreaterThan(0.05);
    });
  });

  describe("slow start", () => {
    test("a returned target's part grows from little to all, and it is never flooded", () => {
      const { fixture, shares, set } = placed(config, ["a0", "a0", "a0", "a0"], { slowStart: window });
      shares(4000);
      set("unhealthy", 0);
      shares(400);
      set("healthy", 0);
      const quarters: number[] = [];
      for (let quarter = 0; quarter < 4; quarter++) {
        quarters.push(shares(500)[0] ?? 0);
        const [own = 0, ...others] = fixture.targets.map(({ inFlight }) => inFlight);
        expect(own).toBeLessThanOrEqual(2 * Math.max(...others));
      }
      const [first = 0, , , last = 0] = quarters;
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(0.13);
      expect(last).toBeGreaterThan(1.3 * first);
      shares(2000);
      expect(shares(2000)[0]).toBeGreaterThan(0.15);
    });

    test("who is new among none but new ones serves all the same", () => {
      const { fixture, shares } = placed(config, ["a0", "a0"], { slowStart: window });
      for (const target of fixture.targets) target.rampFrom(fixture.clock.now());
      for (const share of shares(200)) expect(share).toBeGreaterThan(0.3);
    });
  });
}
