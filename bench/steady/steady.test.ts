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
    cpuUsPerRequest: 14,
    p50Us: 300,
    p99Us: 900 + 100 * (index % 2),
    generatorLateUs: 1500,
    foreignUtilization: 0.01,
    failed: 0,
    ...change(index),
  }));
}

const growing = (index: number) => ({ p99Us: 1000 + 50 * index });

describe("what has no fault:", () => {
  test.each([
    ["what stays where it is", samples()],
    [
      "what a program needs once",
      samples((index) => (index < 10 ? { residentMegabytes: 50 + 4 * index } : {})),
    ],
    ["one wild interval", samples((index) => (index === 55 ? { p99Us: 90_000 } : {}))],
    ["growth of p99 by less than the limit", samples((index) => ({ p99Us: 1000 + 5 * index }))],
    [
      "p99 in intervals in which the generator was late",
      samples((index) => (index > 40 ? { p99Us: 50_000, generatorLateUs: 40_000 } : {})),
    ],
    [
      "p99 in intervals in which others took the core",
      samples((index) => (index > 40 ? { p99Us: 50_000, foreignUtilization: 0.3 } : {})),
    ],
  ])("%s", (_what, seen) => {
    expect(steadyFaults(seen, limits)).toEqual([]);
  });
});

describe("a fault is", () => {
  test.each([
    [
      "memory that grows",
      samples((index) => ({ residentMegabytes: 90 + index })),
      "memory grew by 36.0 MB, expected 16 at most",
    ],
    [
      "files that stay open",
      samples((index) => ({ openFiles: 20 + index })),
      "73.5 files are open, expected 37.5 as at the begin",
    ],
    ["p99 that grows", samples(growing), "p99 grew to 2.37 × its begin, expected 1.5 × at most"],
    [
      "p99 that makes a step",
      samples((index) => ({ p99Us: (index > 50 ? 4000 : 1000) + (index % 7) })),
      "p99 grew to 3.99 × its begin, expected 1.5 × at most",
    ],
    [
      "p99 that can't be judged",
      samples((index) => ({ ...growing(index), generatorLateUs: index < 55 ? 40_000 : 1000 })),
      "p99 can't be judged: 5 of 48 intervals can be compared, expected 10 at least",
    ],
    [
      "a request that failed",
      samples((index) => (index === 30 ? { failed: 2 } : {})),
      "2 requests failed, expected none",
    ],
  ])("%s", (_what, seen, fault) => {
    expect(steadyFaults(seen, limits)).toEqual([fault]);
  });
});

test("the page says how it went, and which intervals were left out", () => {
  const seen = samples((index) =>
    index > 57 ? { generatorLateUs: 40_000 } : index > 53 ? { foreignUtilization: 0.5 } : {},
  );
  const figures = {
    capacity: { balancer: 1000, generator: 800 },
    ratePerSecond: 560,
    cpuShare: 0.4,
    samples: seen,
  };
  const good = renderHtml(steadyDocument(figures, []));
  expect(good).toContain("Memory is flat");
  expect(good).toContain(
    "p99 of 42 of 48 intervals after the first fifth (2 left out as the generator was late, 4 as other programs took the core)",
  );
  expect(renderHtml(steadyDocument(figures, ["p99 grew"]))).toContain("p99 grew");
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
