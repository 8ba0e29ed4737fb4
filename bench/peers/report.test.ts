import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holds, verdicts } from "./limits.ts";
import { renderPeersPage } from "./page.ts";
import { disturbances } from "./quiet.ts";
import { comparison, cpuRow, full, nothing, scale, strong, tailRow, workers } from "./report.fixture.ts";
import { isSound, type PeersResult } from "./results.ts";
import { renderPeersText } from "./text.ts";
import { writePeersReport } from "./write.ts";

test("the limits hold ours against the peers, within each turn", () => {
  expect(
    verdicts(full).map((verdict) => [verdict.criterion, verdict.value.toFixed(3), holds(verdict)]),
  ).toEqual([
    ["CPU per request, ballast wire ÷ HAProxy leastconn", "1.000", false],
    ["CPU per request, ballast wire ÷ nginx least_conn", "0.750", true],
    ["CPU per request, ballast wire ÷ Caddy least_conn", "0.250", true],
    ["CPU per request, ballast wire ÷ C relay, no parsing", "1.200", true],
    ["p99 at 64 connections, ballast wire ÷ HAProxy leastconn", "0.950", true],
    ["CPU per answer of 1 MiB, ballast wire ÷ HAProxy leastconn", "0.750", true],
    ["CPU per new connection, ballast wire ÷ HAProxy leastconn", "1.250", false],
    ["CPU per request over HTTP/2, ballast serve ÷ nginx least_conn", "1.200", true],
    ["CPU per request over HTTP/2, ballast serve ÷ Caddy least_conn", "0.200", true],
    ["requests of two pinned workers on two cores, ÷ one on one", "1.600", false],
    ["CPU per request, ballast wire, 64 targets ÷ ballast wire, 3 targets", "1.060", false],
    ["CPU per request, ballast wire, 3 targets, idle ÷ ballast wire, 3 targets", "1.060", true],
    ["KB for each idle connection", "2.000", true],
    ["p99 before unlike servers, ÷ nginx least_conn", "0.167", true],
    ["p99 before unlike servers, ÷ HAProxy leastconn", "0.375", false],
  ]);
});

test("a limit whose figures were not measured is left out; one without a figure is missed", () => {
  expect(verdicts(nothing)).toEqual([]);
  const alone = comparison("cpu", "CPU per request", [cpuRow("ballast wire", 12)]);
  const peersOnly = comparison("cpu", "CPU per request", [
    cpuRow("nginx least_conn", 1),
    cpuRow("Caddy x", 1),
  ]);
  const tails = [strong([tailRow("nginx least_conn", 1)])];
  expect(verdicts({ ...nothing, comparisons: [alone, peersOnly], tails })).toEqual([]);
  expect(holds({ criterion: "", value: Number.NaN, atMost: 1 })).toBe(false);
  expect(holds({ criterion: "", value: 0.9, atLeast: 0.95, atMost: 1.05 })).toBe(false);
});

test("one bad answer anywhere is not sound", () => {
  const bad = cpuRow("b", 1, 1, 1);
  const soundWith = (part: Partial<PeersResult>) => isSound({ ...full, ...part });
  expect(soundWith({})).toBe(true);
  expect(soundWith({ comparisons: [comparison("large", "", [cpuRow("a", 1), bad])] })).toBe(false);
  const badWorkers = workers.rows.map((row) => ({ ...row, bad: 1 }));
  expect(soundWith({ workers: { ...workers, rows: badWorkers } })).toBe(false);
  expect(soundWith({ scale: { ...scale, rows: [{ ...bad, more: "nothing", ratio: 1 }] } })).toBe(false);
  expect(soundWith({ tails: [strong([tailRow("a", 1), tailRow("b", 1, 1)])] })).toBe(false);
});

test("what disturbed the measurement is told", () => {
  const noisy = cpuRow("ballast wire", 20);
  const slices = noisy.slices.map((slice) => ({ ...slice, foreignUtilization: 0.331 }));
  const late = tailRow("nginx least_conn", 1);
  const result = {
    ...nothing,
    comparisons: [comparison("cpu", "CPU", [{ ...noisy, slices }])],
    tails: [strong([{ ...late, cold: { ...late.cold, maxScheduleLagMs: 99.6 } }])],
  };
  expect(disturbances(full)).toEqual([]);
  expect(disturbances(result)).toEqual([
    "cpu, ballast wire: other programs took up to 33 % of its core",
    "strong, nginx least_conn: the generator was up to 100 ms late with a request",
  ]);
  expect(renderPeersText(full)).not.toContain("measure again");
  expect(renderPeersText(result)).toContain("measure again");
});

test("the terminal shows figures, ratios, verdicts and what was missing", () => {
  const text = renderPeersText(full);
  expect(text).toMatch(/nginx least_conn +24\.0 +16\.0–32\.0 +90\.0 % +1\.0 % +0\.75\n/);
  expect(text).toMatch(/HAProxy leastconn +5\.00 +9\.00 +80\.0 +160 +0\.38 /);
  expect(text).toMatch(/÷ HAProxy leastconn +0\.38 +≤ 0\.33 +MISSED/);
  expect(text).toMatch(/÷ one on one +1\.60 +≥ 1\.80 +MISSED/);
  expect(text).toMatch(/64 targets ÷ ballast wire, 3 targets +1\.06 +0\.95–1\.05 +MISSED/);
  expect(text).toContain("60.0 % + 40.0 %");
  expect(text).toContain(
    "answer 1.60 times (ballast wire, 2 workers, pinned) the requests of one core full of one, beside 1.75 times (nginx, 2 workers)",
  );
  expect(text).toContain("2.00 KB of resident memory");
  expect(text).toContain("\nballast 1.0, nginx 1.0, HAProxy 1.0, Caddy 1.0\n");
  expect(text).toContain("a C compiler was not found");
  expect(text).toContain("h2load was not found");
});

test("latencies that a generator doesn't tell have no columns", () => {
  const http2 = full.comparisons.filter(({ part }) => part === "http2");
  expect(renderPeersText({ ...nothing, comparisons: http2 })).not.toContain("p99");
});

test("the page shows the same, escaped", () => {
  const html = renderPeersPage(full);
  expect(html).toContain("a &lt;fast&gt; one");
  expect(html).toContain("5 of 15 limits missed.");
  // Each chart once for wide and once for narrow screens.
  expect(html.match(/<svg/g)?.length).toBe(12);
});

test("page and JSON are written where it was asked", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "ballast-peers-report-"));
  const [html = "", json = ""] = await writePeersReport(join(scratch, "new"), full);
  expect(await Bun.file(html).text()).toStartWith("<!doctype html>");
  expect(await Bun.file(json).json()).toEqual(JSON.parse(JSON.stringify(full)));
  await rm(scratch, { recursive: true });
});

test("it is said whether the load came in turns or to all at once", () => {
  const inTurns = comparison("cpu", "CPU per request", [cpuRow("ballast wire", 12)]);
  const told = (together: boolean) =>
    renderPeersText({ ...nothing, comparisons: [{ ...inTurns, together }] });
  expect(told(false)).toContain("of 2 s in turns, each behind 1 s");
  expect(told(true)).toContain("of 2 s with the load on all at once, each behind 1 s");
});
