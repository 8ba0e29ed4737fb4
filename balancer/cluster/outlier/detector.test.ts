import { describe, expect, test } from "bun:test";
import type { Outcome } from "../attempt.ts";
import { Group } from "../group.ts";
import { type CheckResult, HealthMonitor } from "../health.ts";
import { Target } from "../target.ts";
import { VirtualClock } from "../virtual-clock.ts";
import type { OutlierRules } from "./rules.ts";

const rules: OutlierRules = {
  streaks: { consecutive5xx: 5, consecutiveGatewayFailure: 5, consecutiveLocalOriginFailure: 5 },
  successRate: { minimumHosts: 3, requestVolume: 100, stdevFactor: 1.9, minimumGap: 0.1 },
  latency: { minimumHosts: 3, requestVolume: 20, factor: 5, forMs: 30_000 },
  intervalMs: 10_000,
  baseEjectionMs: 5000,
  maxEjectionMs: 15_000,
  jitterMs: 0,
  maxEjectedShare: 0.5,
};
const ok = (ms = 1): Outcome => ({ kind: "answered", status: 200, firstByteMs: ms, completeMs: ms });
const error: Outcome = { kind: "answered", status: 500, firstByteMs: 1, completeMs: 1 };
const reset: Outcome = { kind: "failed", reason: "reset", sent: true };

/** Targets a, b, c … on a virtual clock, checked every 2 s unless `isChecked` is false. */
function start(count: number, { isChecked = true, random = 0, more = {} as Partial<OutlierRules> } = {}) {
  const clock = new VirtualClock();
  const ids = "abcdefghi".slice(0, count);
  const targets = [...ids].map((id) => new Target(id, `http://${id}`, 1, clock.now(), 10_000));
  const policy = { pick: (available: readonly Target[]) => available[0], score: () => 0 };
  const group = new Group("g", targets, policy, clock);
  const changes: string[] = [];
  const failing = new Set<string>();
  const check = (target: Target, done: (result: CheckResult) => void) =>
    done(failing.has(target.id) ? { kind: "failed", fault: "refused" } : { kind: "passed", latencyMs: 1 });
  const monitor = new HealthMonitor(
    group,
    { intervalMs: 2000, healthyAfter: 1, unhealthyAfter: 3, outliers: { ...rules, ...more } },
    isChecked ? check : undefined,
    clock,
    () => 0.5 * (1 + random),
    (target, why) => changes.push(`${clock.now()} ${target.id} ${target.state}: ${why}`),
  );
  monitor.start();
  changes.length = 0;
  const find = (id: string) => targets[ids.indexOf(id)] as Target;
  return {
    clock,
    group,
    monitor,
    changes,
    find,
    /** Targets whose checks fail. */
    failing,
    send(id: string, outcomes: number, outcome: Outcome) {
      const wanted = find(id);
      const others = targets.filter((target) => target !== wanted);
      for (let i = 0; i < outcomes; i++) {
        // What a target that takes no traffic still has open ends as well.
        const attempt = group.begin(undefined, others);
        attempt?.end(outcome);
        monitor.observe(wanted, outcome, attempt?.startedAtMs);
      }
    },
    states: () => targets.map(({ state }) => state[0]).join(""),
  };
}

describe("a row of failures", () => {
  test("ejects at its length, and says so", () => {
    const { send, changes, find } = start(3);
    send("b", 4, error);
    send("b", 1, ok());
    send("b", 4, error);
    expect(changes).toEqual([]);
    send("b", 1, error);
    expect(changes).toEqual(["0 b ejected: 5 server errors in a row: for 5.0 s"]);
    expect(find("b").ejection).toMatchObject({ untilMs: 5000, cause: "consecutive5xx", times: 1 });
  });

  test("of attempts without an answer takes out as unhealthy first, and ejects when checks don't help", () => {
    const { send, changes, clock } = start(3);
    send("a", 3, reset);
    expect(changes).toEqual(["0 a unhealthy: request failed: reset"]);
    clock.advance(2100);
    send("a", 2, reset);
    expect(changes.slice(1)).toEqual([
      "2000 a healthy: check passed",
      "2100 a ejected: 5 attempts without an answer in a row: for 5.0 s",
    ]);
  });

  test("that ends what was begun before the target came back counts for nothing", () => {
    const { find, monitor, clock, group, states } = start(3);
    const old = Array.from({ length: 8 }, () => group.begin());
    group.setState(find("a"), "unhealthy");
    clock.advance(2100);
    expect(find("a").state).toBe("healthy");
    for (const attempt of old) monitor.observe(find("a"), reset, attempt?.startedAtMs);
    expect(states()).toBe("hhh");
  });

  test("that the others have as well ejects nobody", () => {
    const { send, states } = start(4);
    for (let round = 0; round < 20; round++)
      for (const id of ["a", "b", "c", "d"]) {
        send(id, 4, ok());
        send(id, 2, error);
      }
    for (const id of ["a", "b", "c", "d"]) send(id, 6, error);
    expect(states()).toBe("hhhh");
  });
});

describe("the way back", () => {
  test("is a check at the end of the time, not before it", () => {
    const { send, changes, clock, states } = start(3);
    clock.advance(500);
    send("a", 5, error);
    clock.advance(4900);
    expect(states()).toBe("ehh");
    clock.advance(100);
    expect(changes.at(-1)).toBe("5500 a healthy: ejection is over, and a check passed");
  });

  test("goes by unhealthy when that check fails, and by a later one that passes", () => {
    const { send, changes, clock, failing } = start(3);
    send("a", 5, error);
    failing.add("a");
    clock.advance(5000);
    expect(changes.at(-1)).toBe("5000 a unhealthy: ejection is over, but check failed: refused");
    failing.clear();
    clock.advance(2000);
    expect(changes.at(-1)).toBe("7000 a healthy: check passed");
  });

  test("is a trial by real traffic where there are no checks", () => {
    const { send, changes, clock, states } = start(3, { isChecked: false });
    send("a", 5, error);
    clock.advance(5000);
    expect(changes.at(-1)).toBe("5000 a unknown: ejection is over: tried again");
    send("a", 1, ok());
    expect(states()).toBe("huu");
  });

  test("ends at the first failure, and takes longer each time, up to the longest", () => {
    const { send, changes, clock } = start(3);
    send("a", 5, error);
    for (const advanceMs of [5000, 10_000, 15_000]) {
      clock.advance(advanceMs);
      send("a", 1, error);
    }
    const ejections = changes.filter((line) => line.includes("ejected"));
    expect(ejections.map((line) => line.replace(/.*for /, ""))).toEqual([
      "5.0 s",
      "10.0 s",
      "15.0 s",
      "15.0 s",
    ]);
    expect(ejections[1]).toContain("ejected: 1 server errors:");
  });

  test("after one good answer the whole row is needed again", () => {
    const { send, states, clock } = start(3);
    send("a", 5, error);
    clock.advance(5000);
    send("a", 1, ok());
    send("a", 4, error);
    expect(states()).toBe("hhh");
  });

  test("gets shorter by each interval that goes well", () => {
    const { send, changes, clock } = start(3);
    send("a", 5, error);
    clock.advance(5000);
    send("a", 1, error);
    clock.advance(10_000);
    send("a", 1, ok());
    clock.advance(31_000);
    send("a", 5, error);
    expect(changes.at(-1)).toEndWith("for 5.0 s");
  });

  test("does not bring all back at once", () => {
    const { send, changes } = start(3, { random: 0.5, more: { jitterMs: 2000 } });
    send("a", 5, error);
    expect(changes.at(-1)).toEndWith("for 6.5 s");
  });
});

describe("at most so many", () => {
  test("are ejected, one of several in any case, the last one never", () => {
    const ejected = (count: number, maxEjectedShare: number) => {
      const { send, states } = start(count, { more: { maxEjectedShare } });
      for (const id of "abcdefghi".slice(0, count)) send(id, 5, error);
      return states().replaceAll("h", "").length;
    };
    expect(ejected(9, 0.5)).toBe(4);
    expect(ejected(9, 0.1)).toBe(1);
    expect(ejected(9, 0)).toBe(0);
    expect(ejected(3, 0.1)).toBe(1);
    expect(ejected(1, 1)).toBe(0);
  });

  test("leaves the last one that is available, whatever takes the others out", () => {
    const { send, group, find, states } = start(2);
    group.setState(find("a"), "unhealthy");
    send("b", 10, error);
    expect(states()).toBe("uh");
  });
});

describe("comparison", () => {
  test("ejects who succeeds less often than the others in an interval", () => {
    const { send, changes, clock } = start(3);
    for (let i = 0; i < 40; i++) {
      send("a", 2, ok());
      send("a", 1, error);
      for (const id of ["b", "c"]) send(id, 3, ok());
    }
    clock.advance(10_000);
    expect(changes).toEqual(["10000 a ejected: success rate 66.7 %, the others' 100.0 %: for 5.0 s"]);
    // What it did before does not count again.
    clock.advance(10_000);
    expect(changes.at(-1)).toContain("healthy");
  });

  test("ejects who is much slower for so long", () => {
    const { send, changes, clock } = start(3);
    for (let second = 0; second <= 50; second++) {
      send("a", 10, ok(200));
      for (const id of ["b", "c"]) send(id, 10, ok(10));
      clock.advance(1000);
    }
    expect(changes[0]).toStartWith("40000 a ejected: takes 200.0 ms, the others 10.0 ms");
  });

  test("forgives who has been slow for less", () => {
    const { send, changes, clock } = start(3);
    for (let second = 0; second <= 60; second++) {
      send("a", 10, ok(second % 30 < 25 ? 200 : 1));
      for (const id of ["b", "c"]) send(id, 10, ok(10));
      clock.advance(1000);
      if (second % 30 === 25) for (let i = 0; i < 30; i++) send("a", 10, ok(1));
    }
    expect(changes).toEqual([]);
  });
});

test("a target that drains or leaves is not brought back by its ejection's end", () => {
  const { send, group, monitor, find, clock, changes } = start(4);
  send("a", 5, error);
  send("b", 5, error);
  group.setState(find("a"), "draining");
  const [a, b] = [find("a"), find("b")];
  group.remove(b);
  monitor.forget(b);
  clock.advance(20_000);
  expect([a.state, b.state]).toEqual(["draining", "draining"]);
  expect(changes.filter((line) => line.includes("healthy"))).toEqual([]);
});
