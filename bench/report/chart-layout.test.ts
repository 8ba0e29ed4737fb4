import { expect, test } from "bun:test";
import { categoryLabels, legendRows, textWidthPx } from "./chart-layout.ts";

test("a letter as wide as it is high counts as such", () => {
  expect(textWidthPx("ab", 10)).toBe(12);
  expect(textWidthPx("東京", 10)).toBe(20);
});

test("a legend wraps where the next name has no room, and one name needs none", () => {
  const names = ["nginx least_conn p99", "nginx least_conn p50", "HAProxy leastconn p99"];
  expect(legendRows(names.slice(0, 1), 360)).toBe(0);
  expect(legendRows(names, 360)).toBe(3);
  expect(legendRows(names, 856)).toBe(1);
});

test.each([
  ["short names stand under their bars", ["i-1", "i-2"], 270, { kind: "wrapped", fontPx: 12, heightPx: 14 }],
  ["several words over several lines", ["one two", "three four"], 120, { kind: "wrapped", heightPx: 28 }],
  ["breaks of their own count", ["a\nb\nc"], 270, { kind: "wrapped", heightPx: 42 }],
  ["words longer than a bar is wide go aslant", Array(5).fill("HAProxy leastconn"), 276, { kind: "aslant" }],
  ["of very many some are left out", Array(64).fill("i-0123456789abcdef0"), 772, { kind: "some" }],
])("%s", (_what, names, widthPx, expected) => {
  expect(categoryLabels(names, widthPx)).toMatchObject(expected);
});
