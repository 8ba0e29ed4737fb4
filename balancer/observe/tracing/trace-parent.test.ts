import { expect, test } from "bun:test";
import { isInRatio, TraceIds } from "./trace-ids.ts";
import { formatTraceparent, parseTraceparent, traceparentLength } from "./trace-parent.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

test.each([
  [`00-${traceId}-${spanId}-01`, true],
  [`00-${traceId}-${spanId}-00`, false],
  [`  00-${traceId}-${spanId}-03 `, true],
  // Of a version to come, as much as is known.
  [`cc-${traceId}-${spanId}-01`, true],
  [`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`, true],
])("%p goes on, sampled: %p", (value, isSampled) => {
  expect(parseTraceparent(value, "a=b")).toEqual({ traceId, spanId, isSampled, state: "a=b" });
});

test.each([
  "",
  "00",
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-1`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId}-${spanId}-01.`,
  `cc-${traceId}-${spanId}-01.what`,
  `ff-${traceId}-${spanId}-01`,
  `0-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId.slice(1)}-${spanId}-01`,
  `00-${traceId}x-${spanId}-01`,
  `00-${"0".repeat(32)}-${spanId}-01`,
  `00-${traceId}-${"0".repeat(16)}-01`,
  `00-${traceId}-${spanId}-xy`,
  `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`,
])("%p begins a new trace", (value) => {
  expect(parseTraceparent(value, "")).toBeUndefined();
});

test("what is written reads back, and has the length that is left for it", () => {
  for (const isSampled of [true, false]) {
    const text = formatTraceparent(traceId, spanId, isSampled);
    expect(text).toHaveLength(traceparentLength);
    expect(parseTraceparent(text, "")).toEqual({ traceId, spanId, isSampled, state: "" });
  }
});

test("ids differ, and the ratio takes its share of them", () => {
  const ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
  const drawn = Array.from({ length: 20_000 }, () => ids.trace());
  expect(new Set(drawn).size).toBe(drawn.length);
  expect(ids.span()).toMatch(/^[0-9a-f]{16}$/);
  const share = (ratio: number) => drawn.filter((id) => isInRatio(id, ratio)).length / drawn.length;
  expect([share(0), share(1)]).toEqual([0, 1]);
  // Ten standard deviations.
  expect(Math.abs(share(0.1) - 0.1)).toBeLessThan(0.022);
});
