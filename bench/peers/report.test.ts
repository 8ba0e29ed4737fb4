import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CpuRow } from "./cpu.ts";
import { holds, verdicts } from "./limits.ts";
import { renderPeersPage } from "./page.ts";
import { disturbances } from "./quiet.ts";
import { isSound, type PeersResult } from "./results.ts";
import type { TailRow } from "./tails.ts";
import { renderPeersText } from "./text.ts";
import { writePeersReport } from "./write.ts";

function cpuRow(name: string, cpuUsPerRequest: number, bad = 0): CpuRow {
  const figures = {
    cpuUsPerRequest,
    requestsPerSecond: 50_000,
    p50Us: 1000,
    p99Us: 2000,
    utilization: 0.9,
    foreignUtilization: 0.01,
  };
  return { name, version: "1.0", rounds: [figures, figures], median: figures, answered: 1000, bad };
}

function tailRow(name: string, p99Us: number, failed = 0): TailRow {
  const figures = {
    requests: 100,
    failed,
    p50Us: 5000,
    p90Us: 9000,
    p99Us,
    p999Us: 2 * p99Us,
    maxScheduleLagMs: 2,
  };
  return { name, version: "1.0", cold: figures, settled: figures, shares: [{ target: "i-1", share: 1 }] };
}

function resultOf(cpu: readonly CpuRow[], tails: readonly TailRow[]): PeersResult {
  return {
    createdAt: "2026-01-01T00:00:00.000Z",
    machine: { os: "linux", cpu: "a <fast> one", cores: 2, memoryMiB: 1024, bun: "1.4.5" },
    cores: "the proxy alone on core 0, load and servers on 1",
    missing: ["caddy"],
    cpu: { origin: "an origin", generator: "ballast", connections: 64, durationMs: 5000, rows: cpu },
    tails: [
      { scenario: "strong", description: "servers", ratePerSecond: 1035, durationMs: 15_000, rows: tails },
    ],
  };
}

const good = resultOf(
  [cpuRow("ballast ewma", 20), cpuRow("nginx least_conn", 16)],
  [
    tailRow("ballast ewma", 30_000),
    tailRow("nginx least_conn", 180_000),
    tailRow("HAProxy leastconn", 80_000),
  ],
);

test("the limits hold ours against the peers", () => {
  expect(
    verdicts(good).map((verdict) => [verdict.criterion, verdict.ratio.toFixed(3), holds(verdict)]),
  ).toEqual([
    ["CPU per request, ÷ nginx least_conn", "1.250", true],
    ["p99 before unlike servers, ÷ nginx least_conn", "0.167", true],
    ["p99 before unlike servers, ÷ HAProxy leastconn", "0.375", false],
  ]);
});

test("a limit whose figures were not measured is left out", () => {
  expect(verdicts(resultOf([cpuRow("ballast ewma", 20)], [tailRow("nginx least_conn", 1)]))).toEqual([]);
  expect(verdicts({ ...good, cpu: undefined, tails: [] })).toEqual([]);
});

test("one bad answer anywhere is not sound", () => {
  expect(isSound(good)).toBe(true);
  expect(isSound(resultOf([cpuRow("a", 1), cpuRow("b", 1, 1)], []))).toBe(false);
  expect(isSound(resultOf([], [tailRow("a", 1), tailRow("b", 1, 1)]))).toBe(false);
});

test("what disturbed the measurement is told", () => {
  const noisy = cpuRow("ballast ewma", 20);
  const rounds = noisy.rounds.map((round) => ({ ...round, foreignUtilization: 0.331 }));
  const late = tailRow("nginx least_conn", 1);
  const result = resultOf(
    [{ ...noisy, rounds }],
    [{ ...late, cold: { ...late.cold, maxScheduleLagMs: 99.6 } }],
  );
  expect(disturbances(good)).toEqual([]);
  expect(disturbances(result)).toEqual([
    "ballast ewma: other programs took up to 33 % of its core",
    "strong, nginx least_conn: the generator was up to 100 ms late with a request",
  ]);
  expect(renderPeersText(good)).not.toContain("measure again");
  expect(renderPeersText(result)).toContain("measure again");
});

test("the terminal shows figures, ratios, verdicts and what was missing", () => {
  const text = renderPeersText(good);
  expect(text).toMatch(/nginx least_conn +16\.0 +16\.0–16\.0 +1\.25 /);
  expect(text).toMatch(/HAProxy leastconn +5\.00 +9\.00 +80\.0 +160 +0\.38 /);
  expect(text).toMatch(/÷ HAProxy leastconn +0\.38 +0\.33 +MISSED/);
  expect(text).toContain("\nballast 1.0, nginx 1.0, HAProxy 1.0\n");
  expect(text).toContain("caddy was not found");
});

test("the page shows the same, escaped", () => {
  const html = renderPeersPage(good);
  expect(html).toContain("a &lt;fast&gt; one");
  expect(html).toContain("1 of 3 limits missed.");
  expect(html.match(/<svg/g)?.length).toBe(4);
});

test("page and JSON are written where it was asked", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "ballast-peers-report-"));
  const [html = "", json = ""] = await writePeersReport(join(scratch, "new"), good);
  expect(await Bun.file(html).text()).toStartWith("<!doctype html>");
  expect(await Bun.file(json).json()).toEqual(JSON.parse(JSON.stringify(good)));
  await rm(scratch, { recursive: true });
});
