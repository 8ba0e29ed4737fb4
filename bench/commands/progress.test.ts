import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { formatProgress, progressLine, showPercents } from "./progress.ts";

const progress = (fraction: number, answered: number, failed = 0) => ({
  sent: 10,
  answered,
  failed,
  fraction,
});

test("the bar fills with the run", () => {
  expect(formatProgress("/c", progress(0, 0))).toBe(`/c ${"░".repeat(30)}   0 %  0 answered`);
  expect(formatProgress("/c", progress(0.5, 5))).toContain(`${"█".repeat(15)}${"░".repeat(15)}  50 %`);
  expect(formatProgress("/c", progress(1, 9, 1))).toBe(`/c ${"█".repeat(30)} 100 %  9 answered, 1 failed`);
});

function written(isTTY: boolean): string {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
  const line = progressLine("/c", stream);
  line.show(progress(0.5, 5));
  line.show(progress(1, 10));
  line.finish();
  return stream.read();
}

test("a terminal gets the redrawn bar, a file one plain line", () => {
  const redraws = written(true).split("\x1b[K");
  expect(redraws.map((text) => text.slice(0, 3))).toEqual(["\r/c", "\r/c", "\n"]);
  expect(written(false)).toBe("/c: 10 answered, 0 failed\n");
});

test("a terminal gets each whole percent once, and a file nothing", () => {
  const shown = (isTTY: boolean) => {
    const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
    const show = showPercents("upload", stream);
    for (const share of [0, 0.004, 0.25, 0.259, 1.01]) show(share);
    return stream.read();
  };
  expect(shown(true)).toBe("\rupload 0 %\rupload 25 %\rupload 100 %\n");
  expect(shown(false)).toBeNull();
});
