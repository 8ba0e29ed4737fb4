import { describe, expect, test } from "bun:test";
import { defaultPolicyConfigs } from "./options.ts";
import { answer, ok, PolicyFixture } from "./policy.fixture.ts";

const config = defaultPolicyConfigs.ewma;
const equal = (count: number) => Array.from({ length: count }, () => 1);

describe("cold start", () => {
  test("a burst before the first answer goes to all alike", () => {
    const fixture = new PolicyFixture(config, equal(9));
    for (let i = 0; i < 1000; i++) fixture.begin();
    for (const target of fixture.targets) expect(Math.abs(target.inFlight - 1000 / 9)).toBeLessThan(1);
  });

  test("a burst whose answers all come at the same instant leaves every score finite and above 0", () => {
    const fixture = new PolicyFixture(config, equal(9));
    const burst = Array.from({ length: 1000 }, () => fixture.begin());
    for (const attempt of burst) answer(attempt, 0);
    for (const target of fixture.targets) {
      const score = fixture.group.scoreOf(target);
      expect(Number.isFinite(score) && score > 0).toBeTrue();
    }
    fixture.serve(90, 1, () => 1);
    for (const target of fixture.targets) expect(target.requests).toBeGreaterThan(100);
  });

  test("a target without samples is taken for the group's mean", () => {
    const fixture = new PolicyFixture(config, equal(3));
    for (let i = 0; i < 20; i++) {
      fixture.sendTo(0, ok(10));
      fixture.sendTo(1, ok(30));
    }
    fixture.clock.advance(10);
    const [low, high, unknown] = fixture.targets.map((t) => fixture.group.scoreOf(t)) as [
      number,
      number,
      number,
    ];
    expect(unknown).toBeGreaterThan(low);
    expect(unknown).toBeLessThan(high);
    expect(unknown).toBeCloseTo(20, 0);
  });

  test("health probes tell the fast from the slow before the first request", () => {
    const fixture = new PolicyFixture(config, [1, 1]);
    for (let i = 0; i < 5; i++) {
      fixture.group.recordProbe(fixture.target(0), 1);
      fixture.group.recordProbe(fixture.target(1), 8);
    }
    for (let i = 0; i < 100; i++) fixture.begin();
    expect(fixture.target(0).inFlight).toBeGreaterThan(fixture.target(1).inFlight * 2);
  });
});

describe("slow start", () => {
  const slowStart = { windowMs: 10_000, aggression: 1, minShare: 0.1 };

  test("a returned target's share grows with time", () => {
    const fixture = new PolicyFixture(config, equal(4), { slowStart });
    fixture.serve(3000, 5, () => 40);
    fixture.group.setState(fixture.target(0), "unhealthy");
    fixture.serve(200, 5, () => 40);
    fixture.group.setState(fixture.target(0), "healthy");
    const shares = Array.from({ length: 4 }, () => (fixture.serve(800, 5, () => 40)[0] ?? 0) / 800);
    expect(shares[0]).toBeLessThan(0.15);
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares[3]).toBeGreaterThan(0.2);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  test("a group that starts as a whole is not held back: all are alike", () => {
    const fixture = new PolicyFixture(config, equal(3), { slowStart });
    for (const share of fixture.serve(300, 1, () => 20)) expect(Math.abs(share - 100)).toBeLessThan(20);
  });
});

describe("load", () => {
  test("among equals the ties go by turns", () => {
    const fixture = new PolicyFixture(config, equal(3));
    const chosen = Array.from({ length: 6 }, () => fixture.begin().target.id).join("");
    expect(chosen).toBe("abcabc");
  });

  test("in-flight counts, so that the fastest is not flooded", () => {
    const fixture = new PolicyFixture(config, equal(2));
    fixture.serve(200, 10, fixture.taking([10, 20]));
    for (let i = 0; i < 90; i++) fixture.begin();
    expect(fixture.target(1).inFlight).toBeGreaterThan(20);
    expect(fixture.target(0).inFlight).toBeGreaterThan(fixture.target(1).inFlight);
  });

  test("on complete the whole exchange counts", () => {
    const shares = (on: "first-byte" | "complete") => {
      const fixture = new PolicyFixture({ ...config, on }, equal(2));
      for (let i = 0; i < 40; i++) {
        fixture.sendTo(0, { kind: "answered", status: 200, firstByteMs: 10, completeMs: 500 });
        fixture.sendTo(1, { kind: "answered", status: 200, firstByteMs: 20, completeMs: 30 });
        fixture.clock.advance(10);
      }
      return fixture.choose().id;
    };
    expect([shares("first-byte"), shares("complete")]).toEqual(["a", "b"]);
  });

  test("more than 256 targets get shares by their speed, and none is flooded", () => {
    const fixture = new PolicyFixture(config, equal(300));
    const latency = (target: PolicyFixture["targets"][number]) =>
      fixture.targets.indexOf(target) < 100 ? 5 : 50;
    fixture.serve(9000, 0.2, latency);
    const shares = fixture.serve(9000, 0.2, latency);
    const fast = shares.slice(0, 100).reduce((sum, n) => sum + n, 0) / 100;
    const slow = shares.slice(100).reduce((sum, n) => sum + n, 0) / 200;
    expect(fast).toBeGreaterThan(slow * 4);
    expect(Math.max(...fixture.targets.map((t) => t.inFlight))).toBeLessThan(8);
  });
});
