import { expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { GroupDiscovery } from "./group-discovery.ts";
import type { LookupResult, Pace } from "./lookup.ts";

const steady: Pace = { minMs: 1000, maxMs: 1000, retryMaxMs: 8000 };

function found(...ids: string[]): LookupResult {
  const targets = ids.map((id) => ({ id, url: `http://${id}:80`, weight: 1 }));
  return { kind: "found", targets, faults: [] };
}

/** A place that gives the results one after another, the last one again and again. */
function discoveryOf(results: readonly LookupResult[], pace = steady) {
  const clock = new VirtualClock();
  const lookedAtMs: number[] = [];
  const lines: string[] = [];
  const discovery = new GroupDiscovery({
    group: "web",
    provider: "test",
    pace,
    clock,
    removeAfter: 2,
    random: () => 0.5,
    log: (line) => lines.push(line),
    lookup: async () => {
      lookedAtMs.push(clock.now());
      return results[Math.min(lookedAtMs.length, results.length) - 1] ?? found();
    },
    onChange: () => {},
  });
  /** Lets time pass until there have been so many looks. */
  const look = async (count: number) => {
    for (let i = 0; lookedAtMs.length < count; i++) {
      if (i > 1000) throw new Error(`${lookedAtMs.length} looks instead of ${count}`);
      await Promise.resolve();
      clock.advance(100);
    }
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const ids = () => discovery.targets.map(({ id }) => id);
  return { discovery, look, ids, lookedAtMs, lines };
}

const failed: LookupResult = { kind: "failed", fault: "out of order" };

test("an empty or failed answer takes nothing away, however often it comes", async () => {
  const { discovery, look, ids, lines } = discoveryOf([found("a", "b"), found(), failed, found(), failed]);
  await look(12);
  expect(ids()).toEqual(["a", "b"]);
  expect(discovery.status).toMatchObject({ provider: "test", targets: 2, lookups: 12, failures: 11 });
  expect(discovery.status.lastError?.message).toBe("out of order");
  expect(discovery.status.lastSuccess).not.toBeNull();
  expect(lines).toEqual([
    "group web: discovery (test): found a, b",
    "group web: discovery (test): no target is listed; known targets: 2",
    "group web: discovery (test): out of order; known targets: 2",
    "group web: discovery (test): no target is listed; known targets: 2",
    "group web: discovery (test): out of order; known targets: 2",
  ]);
});

test("looks at the interval, and less and less often while it fails", async () => {
  const { look, lookedAtMs } = discoveryOf([found("a"), found("a"), failed]);
  await look(9);
  const pauses = lookedAtMs.slice(1).map((atMs, index) => atMs - (lookedAtMs[index] ?? 0));
  expect(pauses).toEqual([1000, 1000, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test.each([
  [0, 1000],
  [3000, 3000],
  [999_000, 5000],
])("an answer that holds for %p ms is looked at again after %p ms", async (validForMs, pauseMs) => {
  const pace = { minMs: 1000, maxMs: 5000, retryMaxMs: 5000 };
  const { look, lookedAtMs } = discoveryOf([{ ...found("a"), validForMs } as LookupResult], pace);
  await look(3);
  expect(lookedAtMs).toEqual([0, pauseMs, 2 * pauseMs]);
});

test("parts that no target could be made of are told, and spoil nothing", async () => {
  const partly = { ...found("a"), faults: ["i-2 has no address"] } as LookupResult;
  const { discovery, look, ids, lines } = discoveryOf([partly]);
  await look(3);
  expect(ids()).toEqual(["a"]);
  expect(discovery.status).toMatchObject({ failures: 0, lastError: { message: "i-2 has no address" } });
  expect(lines).toHaveLength(2);
});

test("after its end nothing is looked at or taken in", async () => {
  const { discovery, look, ids, lookedAtMs } = discoveryOf([found("a")]);
  discovery.stop();
  await discovery.firstAnswer;
  await expect(look(2)).rejects.toThrow("1 looks instead of 2");
  expect(ids()).toEqual([]);
  expect(lookedAtMs).toHaveLength(1);
});
