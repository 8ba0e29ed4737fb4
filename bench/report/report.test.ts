import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { compareReports, formatRelative } from "./compare.ts";
import { renderHtml as htmlOf } from "./html-page.ts";
import { sampleReport, withEverySection } from "./report.fixture.ts";
import { type Report, readReport, reportSchema, targetShares } from "./report.ts";
import { reportDocument } from "./report-document.ts";
import { faults } from "./summary.ts";
import { renderText, textTable } from "./terminal.ts";
import { renderTex as texOf } from "./tex.ts";
import { escapeTex } from "./tex-text.ts";
import { writeReport } from "./write.ts";

const report = await sampleReport();
const renderHtml = (...reports: [Report, Report?]) => htmlOf(reportDocument(...reports));
const renderTex = (...reports: [Report, Report?]) => texOf(reportDocument(...reports));
const hostile = "</style><script>alert(1)</script>\\input{x} 100% & $a_b^c#~ {";
const renamed: Report = { ...report, runs: report.runs.map((run) => ({ ...run, cluster: hostile })) };

function withRun(change: Partial<Report["runs"][number]["result"]>): Report {
  return { ...report, runs: report.runs.map((run) => ({ ...run, result: { ...run.result, ...change } })) };
}

describe("report.json", () => {
  test("what is written can be read again, beside the two other files", async () => {
    const directory = await mkdtemp(join(tmpdir(), "ballast-report-"));
    await writeReport(join(directory, "new", "folder"), report);
    const read = await readReport(join(directory, "new", "folder", "report.json"));
    expect(read).toEqual({ ok: true, value: report });
    for (const name of ["index.html", "report.tex"]) {
      expect(await Bun.file(join(directory, "new", "folder", name)).text()).toContain("cluster1");
    }
    await rm(directory, { recursive: true });
  });

  test("a file that is none is refused with its name and its fields", async () => {
    const missing = await readReport("/does/not/exist.json");
    expect(missing).toMatchObject({ ok: false, fault: expect.stringContaining("/does/not/exist.json") });
    const path = join(tmpdir(), `ballast-report-${process.pid}.json`);
    await Bun.write(path, JSON.stringify({ ...report, schema: "ballast-bench/0" }));
    const old = await readReport(path);
    expect(old).toMatchObject({
      ok: false,
      fault: expect.stringMatching(/is no report of schema[\s\S]*at schema/),
    });
    await rm(path);
  });

  test("the shares of the targets add up", () => {
    const [run] = report.runs;
    const shares = run === undefined ? [] : targetShares(run.result);
    expect(shares.map(({ target }) => target)).toEqual(["i-1", "i-2"]);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });
});

describe("HTML", () => {
  test("is one page that loads nothing", () => {
    const html = renderHtml(report);
    expect(html).toStartWith("<!doctype html>");
    // Clip paths refer to their own SVG by url(#id).
    expect(html).not.toMatch(/<(script|link|img|iframe)\b|@import|url\((?!#)/);
    // The only addresses are the SVG's name spaces and that of the measured system.
    const addresses = new Set(html.match(/https?:\/\/[^"<\s]+/g));
    expect([...addresses].every((url) => /www\.w3\.org|127\.0\.0\.1/.test(url))).toBe(true);
    expect(html.match(/<svg /g)).toHaveLength(10);
  });

  test("texts are escaped, in the charts too", () => {
    const html = renderHtml(renamed);
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;script&gt;");
  });

  test("says at the top what went wrong", () => {
    const broken = withRun({ statuses: { "200": 19, "503": 1 }, mistakes: { "unexpected cluster": 2 } });
    expect(renderHtml(report)).toContain("All 20 requests were answered, none by a wrong cluster.");
    const [run] = report.runs;
    const { expectCluster: _, ...unchecked } = run?.result.plan ?? never();
    expect(renderHtml(withRun({ plan: unchecked }))).toContain("All 20 requests were answered.");
    expect(renderHtml(broken)).toContain(
      "cluster1: 1 of 20 failed (503 1); cluster1: 2 × unexpected cluster",
    );
  });

  test("shows the difference only with a baseline", () => {
    expect(renderHtml(report)).not.toContain("Against the baseline");
    expect(renderHtml(report, report)).toContain("Against the baseline");
  });
});

describe("beside others, with growing load", () => {
  const full = withEverySection(report);

  test("every system has its row and its line, and what failed is said", () => {
    for (const text of [renderHtml(full), renderText(full)]) {
      for (const part of ["another", "20", "40", "160"]) expect(text).toContain(part);
    }
    expect(renderHtml(full)).toContain('<td class="bad">160.0 (3)</td>');
    expect(renderTex(full)).toContain("another \\& more p99");
  });

  test("is read again as it was written", () => {
    expect(reportSchema.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
  });

  const pdflatex = Bun.which("pdflatex");
  test.skipIf(pdflatex === null)(
    "compiles to a PDF without a fault (needs pdflatex)",
    async () => {
      const directory = await mkdtemp(join(tmpdir(), "ballast-tex-"));
      for (const each of [full, renamed]) {
        await Bun.write(join(directory, "report.tex"), renderTex(each, report));
        const command = [pdflatex ?? "", "-interaction=nonstopmode", "-halt-on-error", "report.tex"];
        const { exitCode, stdout } = Bun.spawnSync(command, { cwd: directory, timeout: 60_000 });
        if (exitCode !== 0) throw new Error(stdout.toString().slice(-2000));
        expect(await Bun.file(join(directory, "report.pdf")).slice(0, 5).text()).toBe("%PDF-");
      }
      await rm(directory, { recursive: true });
    },
    60_000,
  );
});

describe("LaTeX", () => {
  test("a long table goes on on the next page, and of very many bars not each is named", () => {
    const target = { requests: 1, p50Us: 1, p99Us: 1 };
    const targets = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`i-${1000 + i}`, target]));
    const tex = renderTex(withRun({ targets }));
    expect(tex.match(/\{target\} & /g)).toHaveLength(3);
    expect(tex.match(/Answers by target, continued/g)).toHaveLength(2);
    for (const id of Object.keys(targets)) expect(tex).toContain(`\\textbf{${escapeTex(id)}} & 1 &`);
    expect(/xticklabels=\{(.*)\},$/m.exec(tex.slice(tex.indexOf("ybar")))?.[1]?.split(",")).toHaveLength(25);
  });

  test("groups and environments are balanced", () => {
    for (const tex of [renderTex(report, report), renderTex(renamed)]) {
      const unescaped = tex.replace(/\\[\\{}]/g, "");
      expect(unescaped.match(/\{/g)?.length).toBe(unescaped.match(/\}/g)?.length ?? -1);
      expect(tex.match(/\\begin\{/g)?.length).toBe(tex.match(/\\end\{/g)?.length ?? -1);
    }
  });

  test("every text is printable by any font and inert", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const escaped = escapeTex(text);
        expect(escaped).toMatch(/^[\x20-\x7e]*$/);
        const inert = escaped.replace(
          /\\(?:text[a-z]+\{\}|[{}$&#_%,])|\$(?:-|\\pm|\\times)\$|\{[-[*]\}/g,
          "",
        );
        expect(inert).not.toMatch(/[\\{}$&#_%~^]/);
      }),
    );
    expect(escapeTex("a_b 50 % − \u202f")).toBe("a\\_b 50 \\% $-$ \\,");
  });
});

describe("comparison", () => {
  test("tells better from worse by what the figure means", () => {
    const before = withRun({
      wallMs: 1000,
      latency: { ...(report.runs[0]?.result.latency ?? never()), p99Us: 100 },
    });
    const now = withRun({
      wallMs: 2000,
      latency: { ...(report.runs[0]?.result.latency ?? never()), p99Us: 50 },
    });
    const verdicts = Object.fromEntries(
      (compareReports(before, now)[0]?.differences ?? []).map(({ figure, verdict }) => [
        figure.name,
        verdict,
      ]),
    );
    expect(verdicts).toMatchObject({ "total s": "worse", "req/s": "worse", "p99 ms": "better" });
    expect(verdicts["p50 ms"]).toBeUndefined();
  });

  test("says when the loads were not the same", () => {
    const [run] = report.runs;
    if (run === undefined) throw new Error("the sample has a run");
    const other = withRun({
      plan: { ...run.result.plan, shape: { kind: "closed", concurrency: 1, requests: 20 } },
    });
    for (const text of [renderText(report, other), renderHtml(report, other)]) {
      expect(text).toContain("cluster1 was measured with closed loop, 1 connections, 20 in all");
    }
    expect(renderText(report, report)).not.toContain("was measured with");
  });

  test("leaves out clusters that only one report has", async () => {
    expect(compareReports(report, renamed)).toEqual([]);
    expect(renderText(renamed, report)).toContain("it has none of these clusters");
  });

  test.each([
    [0.1234, "+12.3 %"],
    [-0.5, "−50.0 %"],
    [0, "±0.0 %"],
    [undefined, "—"],
  ])("%p is written %s", (relative, text) => {
    expect(formatRelative(relative)).toBe(text);
  });
});

describe("text", () => {
  test("a table's columns line up", () => {
    const lines = textTable(
      ["name", "n"],
      [
        ["a", "1"],
        ["bcdef", "1234"],
      ],
    ).split("\n");
    expect(lines).toEqual(["name      n", "─────  ────", "a         1", "bcdef  1234"]);
  });

  test("names every failure", () => {
    const broken = withRun({ failures: { connect: 0, timeout: 3, reset: 0, protocol: 0 } });
    expect(broken.runs.flatMap(faults)).toEqual(["cluster1: 3 of 20 failed (timeout 3)"]);
    expect(renderText(broken)).toContain("FAILED cluster1: 3 of 20 failed");
  });
});

test("every field of report.json is explained in docs/benchmark.md", async () => {
  const page = await Bun.file(join(import.meta.dir, "..", "..", "docs", "benchmark.md")).text();
  const explained = page.slice(page.indexOf("## report.json"), page.indexOf("## How the parts fit"));
  const missing = fieldsOf(z.toJSONSchema(reportSchema, { unrepresentable: "any" })).filter(
    (name) => !explained.includes(`"${name}"`) && !explained.includes(`\`${name}\``),
  );
  expect(missing).toEqual([]);
});

/** The names of all properties of a JSON Schema and of what is in it. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "properties" in schema ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(fieldsOf)];
}

test("the schema takes nothing beyond what it describes", () => {
  expect(reportSchema.safeParse({ ...report, extra: 1 }).success).toBe(false);
});

function never(): never {
  throw new Error("the sample has a run");
}
