import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, parseDurationMs } from "./duration.ts";

test("reads every unit, and fractions of it", () => {
  const read = { "250ms": 250, "2s": 2000, "1.5s": 1500, "1m": 60_000, "0.5h": 1_800_000, "0s": 0 };
  for (const [text, ms] of Object.entries(read)) expect([text, parseDurationMs(text)]).toEqual([text, ms]);
});

test("takes nothing else for a duration", () => {
  const wrong = [
    "",
    "2",
    "s",
    "2 s",
    " 2s",
    "2s ",
    "2S",
    "-1s",
    "+1s",
    "1e3ms",
    ".5s",
    "5.s",
    "1w",
    "2s3ms",
    "٢s",
  ];
  for (const text of wrong) expect([text, parseDurationMs(text)]).toEqual([text, undefined]);
});

test("what it writes it reads back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (ms) => {
      expect(parseDurationMs(formatDuration(ms))).toBe(ms);
    }),
  );
});

test("writes the largest unit that fits", () => {
  expect([0, 1, 1500, 2000, 60_000, 90_000, 7_200_000, 172_800_000].map(formatDuration)).toEqual([
    "0ms",
    "1ms",
    "1500ms",
    "2s",
    "1m",
    "90s",
    "2h",
    "2d",
  ]);
});
