import { describe, expect, test } from "bun:test";
import { renderHtml } from "../report/html-page.ts";
import { parseSteadyOptions } from "./options.ts";
import { steadyDocument } from "./page.ts";
import { type SteadySample, steadyFaults } from "./verdict.ts";

const limits = { memoryMegabytes: 16, openFiles: 4, p99Ratio: 1.5 };

/** Sixty intervals; `change` says in what the n-th differs from the others. */
function samples(change: (index: number) => Partial<SteadySample> = () => ({})): SteadySample[] {
  return Array.from({ length: 60 }, (_, index) => ({
    atSeconds: 10 * (index + 1),
    residentMegabytes: 90 + (index % 3),
    openFiles: 20,
    p50Us: 300,
    p99Us: 900 + 100 * (index % 2),
    failed: 0,
    ...change(index),
  }));
}

describe("what is seen", () => {
  test("what stays where it is has no fault, whatever the start and a single interval took", () => {
    const uneven = samples((index) =>
      index < 10 ? { residentMegabytes: 50 + 4 * index } : index === 55 ? { p99Us: 90_000 } : {},
    );
    expect(steadyFaults(uneven, limits)).toEqual([]);
  });

  test.each([
    [
      "memory",
      samples((index) => ({ residentMegabytes: 90 + index })),
      "memory grew by 36.0 MB, expected 16 at most",
    ],
    [
      "files",
      samples((index) => ({ openFiles: 20 + index })),
      "54 files are open, expected 18 as at the begin",
    ],
    [
      "p99",
      samples((index) => ({ p99Us: 1000 + 50 * index })),
      "p99 grew from 1.90 to 3.70 ms, expected 1.5 × at most",
    ],
    ["failures", samples((index) => (index === 30 ? { failed: 2 } : {})), "2 requests failed, expected none"],
  ])("%s", (_what, seen, fault) => {
    const [found = ""] = steadyFaults(seen, limits);
    expect(found.replaceAll(/[\d.]+/g, "N")).toBe(fault.replaceAll(/[\d.]+/g, "N"));
  });

  test("the page says how it went", () => {
    const figures = { capacityPerSecond: 1000, ratePerSecond: 700, cpuShare: 0.4, samples: samples() };
    expect(renderHtml(steadyDocument(figures, []))).toContain("Memory is flat");
    expect(renderHtml(steadyDocument(figures, ["p99 grew"]))).toContain("p99 grew");
  });
});

test("bad options are told all at once", () => {
  expect(parseSteadyOptions(["--minutes", "0", "--share", "2", "--seed", "x"])).toEqual({
    ok: false,
    fault: [
      '--minutes: found "0", expected a number above 0, up to 10000',
      '--share: found "2", expected a number above 0, up to 1',
      '--seed: found "x", expected a whole number from 0 on',
    ].join("\n"),
  });
});
