import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { success } from "../outcome.ts";
import { processTree } from "./cpu-time.ts";
import type { Load } from "./generators/load.ts";
import { ownClosedLoop } from "./generators/own.ts";
import { largeBytes, withOrigin } from "./origin.ts";
import { compare } from "./parts/comparison.ts";
import { median, medianRatio } from "./parts/ratio.ts";
import { arrivalRate, tailScenarios } from "./parts/scenarios.ts";
import { measureTails } from "./parts/tails.ts";
import { scriptPeer, withTestContext } from "./peers.fixture.ts";
import { withPeer } from "./running-peer.ts";

let scratch = "";

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ballast-peers-test-"));
});
afterAll(async () => {
  await rm(scratch, { recursive: true });
});

/** A load that knows with how many of its kind at most it has run at the same time. */
function countedLoad() {
  const seen = { now: 0, most: 0 };
  const inner = ownClosedLoop(4, "/");
  const load: Load = {
    description: inner.description,
    async run(...input) {
      seen.most = Math.max(seen.most, ++seen.now);
      const sample = await inner.run(...input);
      seen.now--;
      return sample;
    },
  };
  return { load, seen };
}

test.each([
  ["one after the other", false],
  ["all together", true],
])("a comparison: every proxy has its slice in every turn, and its figures, %s", async (_how, together) => {
  const { load, seen } = countedLoad();
  const warmup = { load: ownClosedLoop(4, "/"), durationMs: 20 };
  const plan = { load, warmups: [warmup], together, leadInMs: 10, sliceMs: 100, turns: 3 };
  const subjects = [scriptPeer("first"), scriptPeer("second")];
  const words = { part: "cpu", heading: "CPU", unit: "request" } as const;
  const measured = await withTestContext((context) =>
    withOrigin(context, 2, ({ targets, description: origin }) =>
      compare(context, { ...words, origin, subjects, setup: { targets }, plan, rounds: 2 }),
    ),
  );
  if (!measured.ok) throw new Error(measured.fault);
  expect(measured.value).toMatchObject({
    ...words,
    load: load.description,
    together,
    sliceMs: 100,
    turns: 3,
  });
  expect(seen).toEqual({ now: 0, most: together ? 2 : 1 });
  const { rows } = measured.value;
  expect(rows.map(({ name, slices, bad }) => [name, slices.length, bad])).toEqual([
    ["first", 6, 0],
    ["second", 6, 0],
  ]);
  for (const { median, answered } of rows) {
    expect(answered).toBeGreaterThan(0);
    expect(median.cpuUsPerRequest).toBeGreaterThan(0);
    expect(median.foreignUtilization).toBeUndefined();
  }
});

test("the origin answers small and large, and ends with the task", async () => {
  const sizes = await withTestContext((context) =>
    withOrigin(context, 2, async ({ targets, largePath }) => {
      const urls = targets.map(({ port }) => `http://127.0.0.1:${port}`);
      const sizeOf = async (url: string) => (await (await fetch(url, { keepalive: false })).bytes()).length;
      const [small, large] = [await sizeOf(`${urls[0]}/`), await sizeOf(urls[1] + largePath)];
      return success({ urls, small, large });
    }),
  );
  if (!sizes.ok) throw new Error(sizes.fault);
  expect(sizes.value.small).toBeLessThan(1000);
  expect(sizes.value.large).toBe(largeBytes);
  for (const url of sizes.value.urls) expect(await fetch(url).catch(() => "gone")).toBe("gone");
});

test("tails: shares come from the servers, figures from both runs", async () => {
  const profile = { workers: 2, service: { distribution: "exponential", meanMs: 2 } } as const;
  const scenario = { name: "lab", servers: [{ count: 2, profile }], utilization: 0.1 } as const;
  const measured = await withTestContext((context) =>
    measureTails(context, [scriptPeer("relay")], scenario, 400),
  );
  if (!measured.ok) throw new Error(measured.fault);
  const [row] = measured.value.rows;
  expect(measured.value.ratePerSecond).toBe(200);
  expect(row?.cold.failed).toBe(0);
  expect(row?.shares.map(({ target }) => target)).toEqual(["i-1", "i-2"]);
  // In turns: equal up to the request that waited for the proxy to come up.
  for (const { share } of row?.shares ?? []) expect(share).toBeCloseTo(0.5, 1);
  expect(row?.settled.requests).toBeLessThan(row?.cold.requests ?? 0);
});

test("tails: an interrupt stops proxy and servers", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const earlier = new Set(processTree(process.pid));
  const started = () => processTree(process.pid).filter((pid) => !earlier.has(pid));
  const measuring = withTestContext(
    (context) => measureTails(context, [scriptPeer("relay")], tailScenarios.strong, 60_000),
    controller.signal,
  );
  const caught = measuring.catch((error) => error);
  while (started().length < 10) await Bun.sleep(10);
  controller.abort(reason);
  expect(await caught).toBe(reason);
  expect(started()).toEqual([]);
});

test("a proxy that ends at once is a fault, with its last words", async () => {
  const script = join(scratch, "broken.ts");
  await Bun.write(script, "console.error('no such directive'); process.exit(1)");
  const outcome = await withTestContext((context) =>
    withPeer(context, scriptPeer("broken", script), { targets: [] }, () =>
      Promise.reject(new Error("was measured")),
    ),
  );
  expect(outcome).toMatchObject({ ok: false, fault: expect.stringContaining("no such directive") });
});

test("the scenarios ask for 60 % of what their servers can do", () => {
  expect(arrivalRate(tailScenarios.strong)).toBeCloseTo(1035, 6);
  expect(arrivalRate(tailScenarios.lab)).toBeCloseTo(630, 6);
});

test("half of the values are at most the median, half at least", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = median(values);
      expect(values.filter((value) => value <= middle).length * 2).toBeGreaterThanOrEqual(values.length);
      expect(values.filter((value) => value >= middle).length * 2).toBeGreaterThanOrEqual(values.length);
    }),
  );
});

test("a ratio is taken within each turn", () => {
  const figure = (value: number) => value;
  // Twice as slow a machine in the second turn, and a third one in which something went wrong.
  expect(medianRatio([10, 20, 90], [20, 40, 60], figure)).toBe(0.5);
  expect(median([10, 20, 90]) / median([20, 40, 60])).toBe(0.5);
  expect(medianRatio([10, 30, 11], [20, 20, 44], figure)).toBe(0.5);
  expect(medianRatio([], [], figure)).toBeNaN();
  expect(() => medianRatio([1], [], figure)).toThrow("expected pairs");
});
