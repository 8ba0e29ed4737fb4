import { expect, test } from "bun:test";
import fc from "fast-check";
import { defaultPolicyConfigs, type PolicyConfig } from "../policy/options.ts";
import { createPolicy } from "../policy/registry.ts";
import type { Attempt } from "./attempt.ts";
import { ChoiceTurns } from "./choice-turns.ts";
import { Group } from "./group.ts";
import { groupMemoryBytes, groupSlots, targetMemory, viewGroupMemory } from "./group-memory.ts";
import { seededRandom } from "./random.ts";
import { Target } from "./target.ts";
import { TrafficWatch } from "./traffic-watch.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The same group as several threads see it, in one. */
function share(config: PolicyConfig, weights: readonly number[], threadCount = 2) {
  const clock = new VirtualClock();
  const buffer = new SharedArrayBuffer(groupMemoryBytes(weights.length, threadCount));
  return Array.from({ length: threadCount }, (_, thread) => {
    const memory = viewGroupMemory(buffer, weights.length, threadCount, thread);
    const targets = weights.map((weight, index) => {
      const id = String.fromCharCode(97 + index);
      return new Target(
        id,
        `http://${id}`,
        weight,
        thread === 0 ? 0 : undefined,
        10_000,
        targetMemory(memory, index),
      );
    });
    const context = { clock, random: seededRandom(thread), targets, probe: () => {} };
    const group = new Group("g", targets, createPolicy(config, context), clock, memory);
    return { group, targets, clock };
  });
}

type View = ReturnType<typeof share>[number];

function begin({ group }: View, tried?: readonly Target[]): Attempt {
  const attempt = group.begin(undefined, tried);
  if (attempt === undefined) throw new Error("no target");
  return attempt;
}

/** The ids that the threads choose in turn. */
function chosen(views: readonly View[], count: number): string {
  const at = (index: number) => views[index % views.length] as View;
  return Array.from({ length: count }, (_, index) => begin(at(index)).target.id).join("");
}

test("counts are exact over threads, whatever they do, and without what a thread left behind when it died", () => {
  const step = fc.record({
    thread: fc.nat(2),
    action: fc.constantFrom("begin", "begin", "answer", "fail", "die"),
    index: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const views = share(defaultPolicyConfigs["least-connections"], [1, 1, 1], 3);
      const open: Attempt[][] = [[], [], []];
      let ended = 0;
      let failed = 0;
      for (const { thread, action, index } of steps) {
        const own = open[thread] ?? [];
        if (action === "begin") own.push(begin(views[thread] as View));
        else if (action === "die") {
          (views[0] as View).group.endAllOf(thread);
          ended += own.splice(0).length;
        } else {
          const [attempt] = own.splice(index % (own.length || 1), 1);
          if (attempt === undefined) continue;
          const isFailure = action === "fail";
          attempt.end({ kind: "answered", status: isFailure ? 503 : 200, firstByteMs: 1, completeMs: 1 });
          ended++;
          if (isFailure) failed++;
        }
      }
      for (const { targets } of views) {
        for (const target of targets) {
          expect(target.inFlight).toBe(open.flat().filter((a) => a.target.id === target.id).length);
        }
        expect(targets.reduce((sum, target) => sum + target.requests, 0)).toBe(ended);
        expect(targets.reduce((sum, target) => sum + target.failures, 0)).toBe(failed);
      }
    }),
  );
});

test("a choice sees what other threads have in flight, a quarter of a millisecond later at the latest", () => {
  const views = share(defaultPolicyConfigs["least-connections"], [1, 1, 1, 1]);
  // Each for itself would begin with the first one twice.
  const ids = [0, 1, 0, 1].map((thread) => {
    const view = views[thread] as View;
    view.clock.advance(0.25);
    return begin(view).target.id;
  });
  expect(ids.sort().join("")).toBe("abcd");
});

test("ties go by turns, also when one thread chooses far more often than the other", () => {
  const views = share(defaultPolicyConfigs["least-connections"], [1, 1, 1, 1]);
  const often = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1].map((thread) => views[thread] as View);
  for (let i = 0; i < 400; i++) begin(often[i % often.length] as View).end({ kind: "cancelled" });
  for (const { requests } of views[0]?.targets ?? []) expect(Math.abs(requests - 100)).toBeLessThan(10);
});

test("a choice sees what other threads have measured", () => {
  const [one, two] = share({ ...defaultPolicyConfigs.ewma }, [1, 1]) as [View, View];
  for (let i = 0; i < 20; i++) {
    const [a, b] = one.targets as [Target, Target];
    begin(one, [b]).end({ kind: "answered", status: 200, firstByteMs: 500, completeMs: 500 });
    begin(one, [a]).end({ kind: "answered", status: 200, firstByteMs: 5, completeMs: 5 });
  }
  one.clock.advance(20);
  expect(chosen([two], 5)).toBe("bbbbb");
  expect(two.targets.map((t) => t.requestLatency.averageMs)).toEqual(
    one.targets.map((t) => t.requestLatency.averageMs),
  );
});

test("round robin and weighted round robin keep their order over threads", () => {
  expect(chosen(share(defaultPolicyConfigs["round-robin"], [1, 1, 1]), 7)).toBe("abcabca");
  expect(chosen(share(defaultPolicyConfigs["weighted-round-robin"], [3, 5]), 16)).toBe("aaabbbbbaaabbbbb");
  const smooth = { name: "weighted-round-robin", smooth: true } as const;
  expect(chosen(share(smooth, [3, 1], 3), 8)).toBe(chosen(share(smooth, [3, 1], 1), 8));
});

test("a change of state holds in every thread from its next choice on", () => {
  const [one, two] = share(defaultPolicyConfigs["round-robin"], [1, 1]) as [View, View];
  expect(chosen([one, two], 2)).toBe("ab");
  one.group.setState(one.targets[0] as Target, "unhealthy");
  expect(two.targets[0]?.state).toBe("unhealthy");
  expect(chosen([two], 3)).toBe("bbb");
  one.clock.advance(700);
  one.group.setState(one.targets[0] as Target, "healthy");
  expect(two.targets[0]?.availableSinceMs).toBe(700);
  expect(chosen([two], 2)).toContain("a");
});

test("a turn that a dead thread has kept is taken from it, and from no other", () => {
  const slots = new Int32Array(new SharedArrayBuffer(64));
  const [dead, living] = [new ChoiceTurns(slots, 1), new ChoiceTurns(slots, 2)];
  dead.acquire();
  living.releaseFor(2);
  expect(Atomics.load(slots, groupSlots.chooser)).toBe(2);
  living.releaseFor(1);
  living.acquire();
  expect(Atomics.load(slots, groupSlots.chooser)).toBe(3);
});

test("a policy that throws does not keep the turn", () => {
  const memory = viewGroupMemory(new SharedArrayBuffer(groupMemoryBytes(1, 2)), 1, 2, 0);
  const pick = () => {
    throw new Error("broken");
  };
  const policy = { pick, score: () => 0, isOrdered: true };
  const member = new Target("a", "http://a", 1, 0, 10_000, targetMemory(memory, 0));
  const group = new Group("g", [member], policy, new VirtualClock(), memory);
  expect(() => group.begin()).toThrow("broken");
  expect(Atomics.load(memory.ints, groupSlots.chooser)).toBe(0);
});

test("failures in a row count over all threads, and only what may change a state is told", () => {
  const views = share(defaultPolicyConfigs["round-robin"], [1], 2);
  const told: string[] = [];
  const watches = views.map(
    (_, thread) =>
      new TrafficWatch({ unhealthyAfter: 3 }, (target, finding) =>
        told.push(`${thread} ${target.id} ${finding.kind}`),
      ),
  );
  const targets = views.map(({ targets }) => targets[0] as Target);
  const fail = (thread: number) =>
    watches[thread]?.observe(targets[thread] as Target, { kind: "failed", reason: "reset", sent: true });
  const answer = (thread: number) =>
    watches[thread]?.observe(targets[thread] as Target, {
      kind: "answered",
      status: 500,
      firstByteMs: 1,
      completeMs: 1,
    });
  answer(1);
  expect(told.splice(0)).toEqual(["1 a answered"]);
  views[0]?.group.setState(targets[0] as Target, "healthy");
  answer(1);
  fail(0);
  fail(1);
  answer(0);
  fail(1);
  fail(0);
  expect(told).toEqual([]);
  fail(1);
  expect(told).toEqual(["1 a failed"]);
});
