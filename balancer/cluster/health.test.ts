import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Outcome } from "./attempt.ts";
import { Group } from "./group.ts";
import { type CheckResult, HealthMonitor, type HealthRules } from "./health.ts";
import { type Random, seededRandom } from "./random.ts";
import { isAvailable, Target } from "./target.ts";
import { VirtualClock } from "./virtual-clock.ts";

const rules: HealthRules = { intervalMs: 1000, healthyAfter: 2, unhealthyAfter: 3 };
const passed: CheckResult = { kind: "passed", latencyMs: 5 };
const failed: CheckResult = { kind: "failed", fault: "status 500" };
const answered: Outcome = { kind: "answered", status: 503, firstByteMs: 1, completeMs: 1 };
const reset: Outcome = { kind: "failed", reason: "reset", sent: true };

/** In the middle: no jitter at all. */
const half: Random = () => 0.5;

/** One target on a virtual clock; `isChecked` false leaves its health to real traffic. */
function start({ isChecked = true, random = half, more = {} as Partial<HealthRules> } = {}) {
  const clock = new VirtualClock();
  const target = new Target("t", "http://t", 1, clock.now(), 10_000);
  const policy = { pick: (available: readonly Target[]) => available[0], score: () => 0 };
  const group = new Group("g", [target], policy, clock);
  const changes: string[] = [];
  const checkedAtMs: number[] = [];
  let result: CheckResult | undefined = passed;
  let pending: ((result: CheckResult) => void) | undefined;
  const monitor = new HealthMonitor(
    group,
    { ...rules, ...more },
    isChecked
      ? (_target, done) => {
          checkedAtMs.push(clock.now());
          if (result === undefined) pending = done;
          else done(result);
        }
      : undefined,
    clock,
    random,
    (changed, why) => changes.push(`${changed.state}: ${why}`),
  );
  return {
    clock,
    target,
    group,
    monitor,
    changes,
    checkedAtMs,
    /** What checks find from now on; undefined keeps them waiting. */
    answerWith: (next: CheckResult | undefined) => {
      result = next;
    },
    answerPending: (late: CheckResult) => pending?.(late),
    /** Runs the checks one by one, each with its result, and tells the states after each. */
    states: (...results: readonly CheckResult[]) =>
      results.map((next) => {
        result = next;
        clock.advance(rules.intervalMs);
        return target.state;
      }),
  };
}

describe("a target out of reach", () => {
  const refused: CheckResult = { kind: "failed", fault: "refused", isUnreachable: true };

  test("is one that takes no connection, until a check finds otherwise", () => {
    const { monitor, target, answerWith, clock } = start();
    answerWith(refused);
    monitor.start();
    expect([target.state, target.isUnreachable]).toEqual(["unhealthy", true]);
    answerWith(failed);
    clock.advance(rules.intervalMs);
    expect([target.state, target.isUnreachable]).toEqual(["unhealthy", false]);
  });

  test("is found by real traffic as well, also when panic has sent it there", () => {
    const connect: Outcome = { kind: "failed", reason: "connect", sent: false };
    const { monitor, target, group } = start({ isChecked: false });
    for (let i = 0; i < 3; i++) monitor.observe(target, connect);
    expect([target.state, target.isUnreachable]).toEqual(["unhealthy", true]);
    group.setUnreachable(target, false);
    monitor.observe(target, connect);
    expect(target.isUnreachable).toBeTrue();
  });

  test("is none while it takes traffic, and none any more when its state changes", () => {
    const { target, group } = start();
    group.setUnreachable(target, true);
    expect(target.isUnreachable).toBeFalse();
    group.setState(target, "unhealthy");
    group.setUnreachable(target, true);
    group.setState(target, "ejected");
    expect([target.state, target.isUnreachable]).toEqual(["ejected", false]);
  });
});

describe("checks", () => {
  test("begin at once; the first decides alone", () => {
    const good = start();
    good.monitor.start();
    expect(good.changes).toEqual(["healthy: check passed"]);
    const bad = start();
    bad.answerWith(failed);
    bad.monitor.start();
    expect(bad.changes).toEqual(["unhealthy: check failed: status 500"]);
  });

  test("take a target out after so many failures in a row", () => {
    const { monitor, states } = start();
    monitor.start();
    expect(states(failed, failed, passed, failed, failed, failed)).toEqual([
      "healthy",
      "healthy",
      "healthy",
      "healthy",
      "healthy",
      "unhealthy",
    ]);
  });

  test("bring it back after so many passes in a row", () => {
    const { monitor, states, answerWith } = start();
    answerWith(failed);
    monitor.start();
    expect(states(passed, failed, passed, passed)).toEqual([
      "unhealthy",
      "unhealthy",
      "unhealthy",
      "healthy",
    ]);
  });

  test("run at the interval with up to 10 % of jitter, and with all of it", () => {
    const { monitor, clock, checkedAtMs } = start({ random: seededRandom(7) });
    monitor.start();
    clock.advance(2_000_000);
    const gapsMs = checkedAtMs.slice(1).map((atMs, index) => atMs - (checkedAtMs[index] ?? 0));
    const [least, most] = [Math.min(...gapsMs), Math.max(...gapsMs)];
    expect(least).toBeGreaterThanOrEqual(900);
    expect(most).toBeLessThanOrEqual(1100);
    expect(most - least).toBeGreaterThan(180);
  });

  test("wait for their result before the next one", () => {
    const { monitor, clock, checkedAtMs, answerWith, answerPending } = start();
    answerWith(undefined);
    monitor.start();
    clock.advance(10_000);
    expect(checkedAtMs).toEqual([0]);
    answerWith(passed);
    answerPending(passed);
    clock.advance(1000);
    expect(checkedAtMs).toEqual([0, 11_000]);
  });

  test("keep the score of an idle target fresh", () => {
    const { monitor, target } = start();
    monitor.start();
    expect(target.probeLatency.averageMs).toBe(5);
    expect(target.requestLatency.averageMs).toBeUndefined();
  });

  test("end with the monitor, also one that is under way", () => {
    const { monitor, clock, checkedAtMs, changes, answerWith, answerPending } = start();
    answerWith(undefined);
    monitor.start();
    monitor.stop();
    answerPending(failed);
    clock.advance(10_000);
    expect([checkedAtMs.length, changes]).toEqual([1, []]);
  });
});

describe("membership", () => {
  test("a target that comes is checked at once and then at the interval", () => {
    const { monitor, group, clock, changes, checkedAtMs } = start();
    monitor.start();
    clock.advance(500);
    group.add(new Target("late", "http://late", 1, clock.now(), 10_000));
    const late = group.targets[1];
    if (late === undefined) throw new Error("not added");
    monitor.watch(late);
    expect(changes).toEqual(["healthy: check passed", "healthy: check passed"]);
    clock.advance(1000);
    expect(checkedAtMs).toEqual([0, 500, 1000, 1500]);
  });

  test("a target that goes is not checked again, nor is a check under way heard", () => {
    const { monitor, group, target, clock, changes, checkedAtMs, answerWith, answerPending } = start();
    monitor.start();
    answerWith(undefined);
    clock.advance(1000);
    group.remove(target);
    monitor.forget(target);
    answerPending(failed);
    clock.advance(10_000);
    expect(checkedAtMs).toEqual([0, 1000]);
    expect(changes).toEqual(["healthy: check passed"]);
  });

  test("what open attempts at a target that has gone still meet changes nothing", () => {
    const { monitor, group, target, clock, changes } = start({ isChecked: false });
    group.remove(target);
    monitor.forget(target);
    monitor.observe(target, answered);
    for (let i = 0; i < 5; i++) monitor.observe(target, reset);
    clock.advance(10_000);
    expect(changes).toEqual([]);
  });
});

describe("real traffic", () => {
  test("takes a target out after so many failures in a row, checks bring it back", () => {
    const { monitor, target, changes, states } = start();
    monitor.start();
    monitor.observe(target, reset);
    monitor.observe(target, reset);
    expect(target.state).toBe("healthy");
    monitor.observe(target, reset);
    expect(changes.at(-1)).toBe("unhealthy: request failed: reset");
    expect(states(passed, passed)).toEqual(["unhealthy", "healthy"]);
  });

  test("that is answered, whatever the status, breaks a row of failures", () => {
    const { monitor, target } = start();
    monitor.start();
    for (const outcome of [reset, reset, answered, reset, reset]) monitor.observe(target, outcome);
    expect(target.state).toBe("healthy");
  });

  test("that the client gave up says nothing", () => {
    const { monitor, target } = start();
    monitor.start();
    for (const outcome of [reset, reset]) monitor.observe(target, outcome);
    for (let i = 0; i < 5; i++) monitor.observe(target, { kind: "cancelled" });
    expect(target.state).toBe("healthy");
    monitor.observe(target, reset);
    expect(target.state).toBe("unhealthy");
  });

  test("alone shows that a target is there", () => {
    const { monitor, target, changes } = start({ isChecked: false });
    monitor.start();
    expect(target.state).toBe("unknown");
    monitor.observe(target, answered);
    expect(changes).toEqual(["healthy: answered a request"]);
  });

  test("takes out a target that was never checked only after as many failures as any other", () => {
    const { monitor, target } = start({ isChecked: false });
    for (let i = 0; i < 2; i++) monitor.observe(target, reset);
    expect(target.state).toBe("unknown");
    monitor.observe(target, reset);
    expect(target.state).toBe("unhealthy");
  });

  test("alone gets a target that it took out to try again after the interval", () => {
    const { monitor, target, clock, changes } = start({ isChecked: false });
    monitor.observe(target, answered);
    for (let i = 0; i < 3; i++) monitor.observe(target, reset);
    expect(target.state).toBe("unhealthy");
    clock.advance(999);
    expect(isAvailable(target.state)).toBe(false);
    clock.advance(1);
    expect(changes.at(-1)).toBe("unknown: tried again");
    monitor.observe(target, reset);
    expect(target.state).toBe("unhealthy");
    clock.advance(1000);
    monitor.observe(target, answered);
    expect(target.state).toBe("healthy");
  });

  test("alone does not bring a target back while others of its attempts still fail", () => {
    const { monitor, target, clock, changes } = start({ isChecked: false });
    monitor.observe(target, answered);
    for (let i = 0; i < 20; i++) monitor.observe(target, reset);
    clock.advance(1000);
    expect(changes).toEqual([
      "healthy: answered a request",
      "unhealthy: request failed: reset",
      "unknown: tried again",
    ]);
  });
});

test("the state is what the last results in a row say, whatever came before", () => {
  const steps = fc.array(fc.constantFrom("pass", "fail", "answered", "reset"), {
    minLength: 1,
    maxLength: 60,
  });
  const limits = fc.record({
    healthyAfter: fc.integer({ min: 1, max: 4 }),
    unhealthyAfter: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(steps, limits, (all, more) => {
      const { monitor, target, states } = start({ more });
      monitor.start();
      let expected = "healthy";
      let [passes, failures] = [1, 0];
      for (const step of all) {
        if (step === "pass") [passes, failures] = [passes + 1, 0];
        else if (step === "answered") failures = 0;
        else [passes, failures] = [0, failures + 1];
        if (expected === "healthy" && failures >= more.unhealthyAfter) expected = "unhealthy";
        else if (step === "pass" && passes >= more.healthyAfter) expected = "healthy";
        if (step === "pass" || step === "fail") states(step === "pass" ? passed : failed);
        else monitor.observe(target, step === "answered" ? answered : reset);
        expect(target.state as string).toBe(expected);
      }
      monitor.stop();
    }),
  );
});
