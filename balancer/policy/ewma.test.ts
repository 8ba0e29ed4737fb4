import { describe, expect, test } from "bun:test";
import type { Outcome } from "../cluster/attempt.ts";
import { seededRandom } from "../cluster/random.ts";
import { defaultPolicyConfigs } from "./options.ts";
import { answer, PolicyFixture } from "./policy.fixture.ts";

const config = { ...defaultPolicyConfigs.ewma, slowStartMs: 0 };
const equal = (count: number) => Array.from({ length: count }, () => 1);
/** Latencies by target, in the order of the targets. */
const taking =
  (fixture: PolicyFixture, latenciesMs: readonly number[]) => (target: PolicyFixture["targets"][number]) =>
    latenciesMs[fixture.targets.indexOf(target)] ?? 0;

/** One request to the target at this index, whatever the policy would choose. */
function sendTo(fixture: PolicyFixture, index: number, outcome: Outcome): void {
  const wanted = fixture.target(index);
  const others = fixture.targets.filter((t) => t !== wanted);
  fixture.group.begin(undefined, others)?.end(outcome);
}
const ok = (ms: number): Outcome => ({ kind: "answered", status: 200, firstByteMs: ms, completeMs: ms });

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
      sendTo(fixture, 0, ok(10));
      sendTo(fixture, 1, ok(30));
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
  const ramped = { ...config, slowStartMs: 10_000 };

  test("a returned target's share grows with time", () => {
    const fixture = new PolicyFixture(ramped, equal(4));
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

  test("it starts at a tenth", () => {
    const fixture = new PolicyFixture(ramped, equal(2));
    fixture.clock.advance(20_000);
    fixture.serve(400, 5, () => 40);
    fixture.group.setState(fixture.target(0), "unhealthy");
    fixture.serve(20, 5, () => 40);
    fixture.group.setState(fixture.target(0), "healthy");
    fixture.clock.advance(100);
    const [returned = 0, other = 0] = fixture.targets.map((t) => fixture.group.scoreOf(t) / (t.inFlight + 1));
    expect(returned / other).toBeGreaterThan(8);
    expect(returned / other).toBeLessThan(12);
  });

  test("a group that starts as a whole is not held back: all are alike", () => {
    const fixture = new PolicyFixture(ramped, equal(3));
    for (const share of fixture.serve(300, 1, () => 20)) expect(Math.abs(share - 100)).toBeLessThan(20);
  });
});

describe("the sinkhole", () => {
  const refusals: readonly [string, Outcome][] = [
    ["429", { kind: "answered", status: 429, firstByteMs: 0.1, completeMs: 0.1 }],
    ["500", { kind: "answered", status: 500, firstByteMs: 0.1, completeMs: 0.1 }],
    ["503", { kind: "answered", status: 503, firstByteMs: 0.1, completeMs: 0.1 }],
    ["a refused connection", { kind: "failed", reason: "connect", sent: false }],
  ];

  for (const [name, refusal] of refusals) {
    test(`${name} at once does not draw the traffic, and is forgiven when it ends`, () => {
      const fixture = new PolicyFixture(config, equal(4));
      fixture.serve(1000, 5, () => 20);
      let refused = 0;
      for (let i = 0; i < 4000; i++) {
        const attempt = fixture.begin();
        if (attempt.target === fixture.target(0)) {
          refused++;
          attempt.end(refusal);
        } else fixture.clock.after(20, () => answer(attempt, 20));
        fixture.clock.advance(5);
      }
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(4000 * 0.02);
      fixture.serve(2000, 5, () => 20);
      expect(fixture.serve(400, 5, () => 20)[0]).toBeGreaterThan(400 / 4 / 2);
    });
  }

  test("404 is an answer like any other", () => {
    const fixture = new PolicyFixture(config, equal(2));
    fixture.serve(100, 5, () => 20);
    for (let i = 0; i < 10; i++)
      sendTo(fixture, 0, { kind: "answered", status: 404, firstByteMs: 20, completeMs: 20 });
    expect(fixture.serve(400, 5, () => 20)[0]).toBeGreaterThan(150);
  });

  test("Retry-After keeps it out for as long as the target asks", () => {
    const fixture = new PolicyFixture(config, equal(2));
    fixture.serve(400, 5, () => 20);
    sendTo(fixture, 0, {
      kind: "answered",
      status: 503,
      firstByteMs: 1,
      completeMs: 1,
      retryAfterMs: 60_000,
    });
    expect(fixture.serve(5000, 10, () => 20)[0]).toBeLessThan(50);
    fixture.clock.advance(12_000);
    expect(fixture.serve(400, 10, () => 20)[0]).toBeGreaterThan(130);
  });

  test("errors that all targets share do not spoil the balance", () => {
    const fixture = new PolicyFixture(config, equal(2));
    const latency = taking(fixture, [5, 40]);
    fixture.serve(400, 5, latency);
    const random = seededRandom(1);
    const before = fixture.target(0).requests;
    for (let i = 0; i < 2000; i++) {
      const attempt = fixture.begin();
      const ms = latency(attempt.target);
      const status = random() < 0.05 ? 500 : 200;
      fixture.clock.after(ms, () => answer(attempt, ms, status));
      fixture.clock.advance(5);
    }
    expect(fixture.target(0).requests - before).toBeGreaterThan(1500);
  });
});

describe("nobody starves", () => {
  test("one slow first answer does not keep a good target out (traefik#12306)", () => {
    const fixture = new PolicyFixture(config, equal(5));
    let first = true;
    const latency = (target: PolicyFixture["targets"][number]) => {
      const isSlow = first && target === fixture.target(1);
      if (isSlow) first = false;
      return isSlow ? 2000 : 20;
    };
    const shares = fixture.serve(6000, 10, latency);
    expect(first).toBeFalse();
    expect(shares[1]).toBeGreaterThan(6000 / 5 / 2);
  });

  test("a slow target that gets no traffic is tried again after a while", () => {
    const fixture = new PolicyFixture(config, equal(2));
    for (let i = 0; i < 50; i++) sendTo(fixture, 0, ok(300));
    expect(fixture.serve(400, 5, () => 10)[0]).toBeLessThan(5);
    fixture.serve(8000, 5, () => 10);
    expect(fixture.serve(400, 5, () => 10)[0]).toBeGreaterThan(100);
  });

  test("probes keep an idle slow target known as slow, in proportion to the others' requests", () => {
    const fixture = new PolicyFixture(config, equal(3));
    for (let second = 0; second < 60; second++) {
      fixture.serve(100, 10, taking(fixture, [10, 10, 300]));
      for (const [i, probeMs] of [1, 1, 30].entries()) fixture.group.recordProbe(fixture.target(i), probeMs);
    }
    expect(fixture.target(2).requests).toBeLessThan(6000 * 0.01);
    // A probe of 30 ms is below the others' scores as it stands, but not by their ratio of request to probe.
    expect(fixture.group.scoreOf(fixture.target(2))).toBeGreaterThan(100);
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
    fixture.serve(200, 10, taking(fixture, [10, 20]));
    for (let i = 0; i < 90; i++) fixture.begin();
    expect(fixture.target(1).inFlight).toBeGreaterThan(20);
    expect(fixture.target(0).inFlight).toBeGreaterThan(fixture.target(1).inFlight);
  });

  test("on complete the whole exchange counts", () => {
    const shares = (on: "first-byte" | "complete") => {
      const fixture = new PolicyFixture({ ...config, on }, equal(2));
      for (let i = 0; i < 40; i++) {
        sendTo(fixture, 0, { kind: "answered", status: 200, firstByteMs: 10, completeMs: 500 });
        sendTo(fixture, 1, { kind: "answered", status: 200, firstByteMs: 20, completeMs: 30 });
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
