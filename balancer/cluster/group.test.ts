import { describe, expect, test } from "bun:test";
import { defaultPolicyConfigs } from "../policy/options.ts";
import type { LatencyOn, Policy } from "../policy/policy.ts";
import { createPolicy, policyNames } from "../policy/registry.ts";
import type { Outcome } from "./attempt.ts";
import { Group } from "./group.ts";
import { seededRandom } from "./random.ts";
import { isAvailable, Target } from "./target.ts";
import { VirtualClock } from "./virtual-clock.ts";

const answered = (status: number, firstByteMs = 10, completeMs = 10): Outcome => ({
  kind: "answered",
  status,
  firstByteMs,
  completeMs,
});
const refused: Outcome = { kind: "failed", reason: "connect", sent: false };

/** Two targets, of which always the first available is chosen. */
function setUp(latencyOn?: LatencyOn) {
  const clock = new VirtualClock();
  const a = new Target("a", "http://a", 1, 0, 10_000);
  const b = new Target("b", "http://b", 1, 0, 10_000);
  const observed: Outcome[] = [];
  const policy: Policy = {
    pick: (available) => available[0],
    score: (target) => target.weight,
    observe: (_, outcome) => observed.push(outcome),
    ...(latencyOn !== undefined && { latencyOn }),
  };
  const group = new Group("g", [a, b], policy, clock);
  const begin = () => {
    const attempt = group.begin();
    if (attempt === undefined) throw new Error("no target");
    return attempt;
  };
  return { clock, group, a, b, begin, observed };
}

test("an attempt is in flight from the choice to its end, and ends once", () => {
  const { a, begin, observed } = setUp();
  const attempt = begin();
  expect(a.inFlight).toBe(1);
  attempt.end(answered(200));
  expect([a.inFlight, a.requests, a.failures]).toEqual([0, 1, 0]);
  expect(() => attempt.end(answered(200))).toThrow("ended twice");
  expect([a.inFlight, a.requests]).toEqual([0, 1]);
  expect(observed).toEqual([answered(200)]);
});

test("failures are those without an answer, and 5xx", () => {
  const { a, begin } = setUp();
  const cancelled: Outcome = { kind: "cancelled" };
  for (const outcome of [answered(200), answered(404), answered(429), cancelled]) begin().end(outcome);
  expect(a.failures).toBe(0);
  for (const outcome of [answered(500), answered(503), refused]) begin().end(outcome);
  expect([a.requests, a.failures]).toEqual([7, 3]);
});

test("what was tried is not chosen again, and nothing when all were", () => {
  const { group, a, b } = setUp();
  expect(group.begin(undefined, [a])?.target).toBe(b);
  expect(group.begin(undefined, [a, b])).toBeUndefined();
  expect([a.inFlight, b.inFlight]).toEqual([0, 1]);
});

test("only healthy and unknown targets get traffic", () => {
  const { group, a, b, begin } = setUp();
  for (const state of ["unhealthy", "ejected", "draining"] as const) {
    group.setState(a, state);
    expect(begin().target).toBe(b);
  }
  for (const state of ["unknown", "healthy"] as const) {
    group.setState(a, state);
    expect(begin().target).toBe(a);
  }
});

describe("membership", () => {
  const c = () => new Target("c", "http://c", 1, 0, 10_000);

  test("a target that comes is chosen from at once, with its neighbours", () => {
    const { group, a, b, begin } = setUp();
    const added = c();
    begin();
    group.add(added);
    expect(group.targets).toEqual([a, b, added]);
    expect(group.begin(undefined, [a, b])?.target).toBe(added);
  });

  test("a target that goes gets no new attempts, and its open ones end on it", () => {
    const { group, a, b, begin } = setUp();
    const open = begin();
    group.remove(a);
    expect(group.targets).toEqual([b]);
    expect(begin().target).toBe(b);
    open.end(answered(200));
    expect([a.inFlight, a.requests]).toEqual([0, 1]);
    expect(isAvailable(a.state)).toBeFalse();
  });

  test("the last one gone leaves nobody, until another comes", () => {
    const { group, a, b } = setUp();
    group.remove(a);
    group.remove(b);
    expect(group.begin()).toBeUndefined();
    const added = c();
    group.add(added);
    expect(group.begin()?.target).toBe(added);
  });

  test("an id is taken once, and only a member can go", () => {
    const { group, a } = setUp();
    expect(() => group.add(new Target("a", "http://other", 1, 0, 10_000))).toThrow("a target a already");
    group.remove(a);
    expect(() => group.remove(a)).toThrow("not of group g");
  });

  test("those that stay keep their place in memory, those that go drain, and the order is the one asked for", () => {
    const { group, a, b, begin } = setUp();
    const open = begin();
    const added = c();
    group.setTargets([added, b]);
    group.release(a);
    expect(group.targets).toEqual([added, b]);
    expect([a.state, a.inFlight]).toEqual(["draining", 1]);
    expect([begin().target, group.begin(undefined, [added])?.target]).toEqual([added, b]);
    open.end(answered(200));
    expect(a.inFlight).toBe(0);
  });

  test("a new weight holds from the next choice on, also for a policy that keeps what it has computed", () => {
    const members = [new Target("a", "http://a", 1, 0, 10_000), new Target("b", "http://b", 1, 0, 10_000)];
    const clock = new VirtualClock();
    const context = { clock, random: seededRandom(3), targets: members, probe: () => {} };
    const group = new Group("g", members, createPolicy({ name: "random" }, context), clock);
    const [a, b] = members as [Target, Target];
    const share = () => {
      const before = [a.requests, b.requests] as const;
      for (let i = 0; i < 1000; i++) group.begin()?.end(answered(200));
      return (b.requests - before[1]) / (a.requests - before[0]);
    };
    expect(share()).toBeCloseTo(1, 0);
    group.setWeight(b, 9);
    expect(share()).toBeGreaterThan(6);
  });

  for (const name of policyNames) {
    test(`the policy ${name} chooses evenly among those who are left and those who came`, () => {
      const clock = new VirtualClock();
      const members = ["a", "b"].map((id) => new Target(id, `http://${id}`, 1, clock.now(), 10_000));
      const context = { clock, random: seededRandom(1), targets: members, probe: () => {} };
      const policy = createPolicy(defaultPolicyConfigs[name], context);
      const group = new Group("g", members, policy, clock);
      const choose = (count: number) => {
        for (let i = 0; i < count; i++) {
          group.begin(String(i))?.end(answered(200));
          clock.advance(20);
        }
      };
      choose(20);
      const [gone, stays] = [...members];
      if (gone === undefined || stays === undefined) throw new Error("two members expected");
      group.remove(gone);
      const come = new Target("c", "http://c", 1, clock.now(), 10_000);
      group.add(come);
      const before = [gone.requests, stays.requests];
      choose(2000);
      expect(gone.requests).toBe(before[0] as number);
      expect(stays.requests + come.requests).toBe(2000 + (before[1] as number));
      expect(come.requests).toBeGreaterThan(500);
      expect(stays.requests).toBeGreaterThan(500);
    });
  }
});

test("a returned target starts anew", () => {
  const { clock, group, a, begin } = setUp();
  begin().end(answered(200));
  group.recordLoad(a, 50);
  group.setState(a, "healthy");
  expect(a.requestLatency.averageMs).toBe(10);
  clock.advance(500);
  group.setState(a, "unhealthy");
  clock.advance(500);
  group.setState(a, "healthy");
  expect(a.availableSinceMs).toBe(1000);
  expect(a.requestLatency.averageMs).toBeUndefined();
  expect(a.loadReport.exists).toBeFalse();
});

test("latency is the time to the first byte, or the whole exchange when the policy says so", () => {
  const first = setUp();
  first.begin().end(answered(200, 10, 90));
  expect(first.a.requestLatency.averageMs).toBe(10);
  const whole = setUp("complete");
  whole.begin().end(answered(200, 10, 90));
  expect(whole.a.requestLatency.averageMs).toBe(90);
});

test("an answer that has begun counts then, and not again at the end", () => {
  const { a, begin, clock } = setUp();
  const long = begin();
  clock.advance(30);
  long.answered(clock.now());
  expect(a.requestLatency.averageMs).toBe(30);
  expect(() => long.answered(clock.now())).toThrow("answered twice");
  a.requestLatency.record(90, clock.now(), 1);
  const before = a.requestLatency.averageMs;
  long.end(answered(200, 30, 30));
  expect(a.requestLatency.averageMs).toBe(before);
  const whole = setUp("complete");
  const attempt = whole.begin();
  attempt.answered(10);
  expect(whole.a.requestLatency.averageMs).toBeUndefined();
  attempt.end(answered(200, 10, 500));
  expect(whole.a.requestLatency.averageMs).toBe(500);
});

test("a sample knows how many were in flight at its choice, itself included", () => {
  const { a, begin } = setUp();
  const attempts = [begin(), begin(), begin()];
  for (const attempt of attempts) attempt.end(answered(200));
  expect(a.requestLatency.averageInFlight).toBeCloseTo(2);
});

test("a fast refusal is no latency, for any status that means one", () => {
  const { a, begin } = setUp();
  for (const status of [429, 500, 502, 503]) begin().end(answered(status, 1, 1));
  begin().end(refused);
  expect(a.requestLatency.averageMs).toBeUndefined();
  begin().end(answered(404, 8, 8));
  expect(a.requestLatency.averageMs).toBe(8);
});

test("a wait that was given up counts only when it was longer than usual", () => {
  const { clock, a, begin } = setUp();
  begin().end(answered(200, 10, 10));
  const short = begin();
  const long = begin();
  clock.advance(5);
  short.end({ kind: "cancelled" });
  expect(a.requestLatency.averageMs).toBe(10);
  clock.advance(995);
  long.end({ kind: "cancelled" });
  expect(a.requestLatency.averageMs).toBeGreaterThan(400);
});

test("without own samples the longest usual of the others says what is a long wait", () => {
  const { clock, group, a, b, begin } = setUp();
  const early = begin();
  clock.advance(500);
  early.end({ kind: "cancelled" });
  expect(a.requestLatency.averageMs).toBeUndefined();
  group.begin(undefined, [a])?.end(answered(200, 100, 100));
  expect(b.requestLatency.averageMs).toBe(100);
  const late = begin();
  clock.advance(500);
  late.end({ kind: "failed", reason: "timeout", sent: true });
  expect(a.requestLatency.averageMs).toBe(500);
});

test("a load report knows what was begun since it and between it and the one before", () => {
  const { clock, group, a, begin } = setUp();
  begin().end(answered(200));
  begin();
  clock.advance(100);
  group.recordLoad(a, 30);
  expect(a.loadReport).toMatchObject({ load: 30, atMs: 100, begunSincePrevious: 2 });
  begin();
  expect(a.loadReport.sentSince(a.begun)).toBe(1);
  clock.advance(100);
  group.recordLoad(a, 40);
  expect(a.loadReport).toMatchObject({ load: 40, atMs: 200, firstAtMs: 100, begunSincePrevious: 1 });
  expect(a.loadReport.sentSince(a.begun)).toBe(0);
});

test("probes are kept apart from requests", () => {
  const { group, a } = setUp();
  group.recordProbe(a, 3);
  expect(a.probeLatency.averageMs).toBe(3);
  expect(a.requestLatency.averageMs).toBeUndefined();
  expect(group.scoreOf(a)).toBe(1);
});
