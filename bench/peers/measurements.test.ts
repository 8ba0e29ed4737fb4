import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { measureCpu, median } from "./cpu.ts";
import { processTree } from "./cpu-time.ts";
import { ownGenerator, wrkGenerator } from "./generator.ts";
import { scriptPeer, withTestContext } from "./peers.fixture.ts";
import { withPeer } from "./running-peer.ts";
import { arrivalRate, tailScenarios } from "./scenarios.ts";
import { measureTails } from "./tails.ts";

const signal = new AbortController().signal;
let scratch = "";

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ballast-peers-test-"));
});
afterAll(async () => {
  await rm(scratch, { recursive: true });
});

/** A server that answers with each of the statuses in turn. */
function serverOf(...statuses: number[]) {
  let turn = 0;
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("x", { status: statuses[turn++ % statuses.length] ?? 500 }),
  });
}

test("cpu: every proxy has its turn in every round, and its figures", async () => {
  const plan = { generator: ownGenerator, connections: 4, rounds: 2, warmupMs: 20, durationMs: 200 };
  const subjects = [scriptPeer("first"), scriptPeer("second")];
  const measured = await withTestContext((context) => measureCpu(context, subjects, plan));
  if (!measured.ok) throw new Error(measured.fault);
  expect(measured.value.rows.map(({ name, rounds, bad }) => [name, rounds.length, bad])).toEqual([
    ["first", 2, 0],
    ["second", 2, 0],
  ]);
  for (const { median, answered } of measured.value.rows) {
    expect(answered).toBeGreaterThan(0);
    expect(median.cpuUsPerRequest).toBeGreaterThan(0);
    expect(median.foreignUtilization).toBeUndefined();
  }
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
    withPeer(context, scriptPeer("broken", script), [], () => Promise.reject(new Error("was measured"))),
  );
  expect(outcome).toMatchObject({ ok: false, fault: expect.stringContaining("no such directive") });
});

test("the own generator tells good answers from bad ones", async () => {
  using server = serverOf(200, 503);
  const { answered, bad } = await ownGenerator.run(server.url.href, 2, 50, signal);
  expect(answered).toBeGreaterThan(1);
  expect(Math.abs(answered - 2 * bad)).toBeLessThanOrEqual(1);
});

const wrk = Bun.which("wrk");
test.skipIf(wrk === null)(
  `wrk tells good answers from bad ones${wrk === null ? ", skipped: wrk is not installed" : ""}`,
  async () => {
    using server = serverOf(200, 503);
    const { answered, bad, p99Us } = await wrkGenerator.run(server.url.href, 2, 1000, signal);
    expect(Math.abs(answered - 2 * bad)).toBeLessThanOrEqual(2);
    expect(p99Us).toBeGreaterThan(0);
  },
);

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
