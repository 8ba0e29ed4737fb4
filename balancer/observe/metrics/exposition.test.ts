import { expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram, histogramFloats, readHistograms } from "../../cluster/histogram.ts";
import { Exposition, labels, negotiate } from "./exposition.ts";

test.each([
  [null, "text"],
  ["", "text"],
  ["*/*", "text"],
  ["text/plain;version=0.0.4", "text"],
  ["application/openmetrics-text", "openmetrics"],
  ["application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"],
  ["application/openmetrics-text;version=0.0.1", "text"],
  ["application/openmetrics-text;q=0.2, text/plain;q=0.8", "text"],
  ["text/plain;q=0.2, application/openmetrics-text;q=0.8", "openmetrics"],
  ["application/openmetrics-text;q=0", "text"],
  ["application/openmetrics-text;q=x", "text"],
  // As Prometheus 2.42 and 3 ask.
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "openmetrics",
  ],
] as const)("who accepts %p gets %s", (accept, format) => {
  expect(negotiate(accept)).toBe(format);
});

test("a counter is named by its sample in the older format, by its family in the newer", () => {
  const write = (format: "text" | "openmetrics") => {
    const out = new Exposition(format);
    out.begin({ name: "x_bytes", type: "counter", unit: "bytes", help: 'Says "so".' });
    out.sample(labels("a", "b"), 3);
    out.sample("", 0.5);
    return out.end();
  };
  expect(write("text")).toBe(
    '# HELP x_bytes_total Says "so".\n# TYPE x_bytes_total counter\nx_bytes_total{a="b"} 3\nx_bytes_total 0.5\n',
  );
  expect(write("openmetrics")).toBe(
    '# HELP x_bytes Says \\"so\\".\n# TYPE x_bytes counter\n# UNIT x_bytes bytes\nx_bytes_total{a="b"} 3\nx_bytes_total 0.5\n# EOF\n',
  );
});

test("a histogram's buckets add up, and have exemplars where those are known", () => {
  const floats = new Float64Array(2 * histogramFloats);
  const [one, other] = [new Histogram(floats, 0), new Histogram(floats, histogramFloats)];
  one.record(0.5);
  one.record(40_000);
  other.record(7);
  other.exemplify(7, "00000001ffffffff000000007fffffff", 1_700_000_000_250);
  const totals = readHistograms(floats, [0, histogramFloats]);
  const lines = (format: "text" | "openmetrics") => {
    const out = new Exposition(format);
    out.begin({ name: "x_seconds", type: "histogram", help: "X." });
    out.histogram(labels("a", "b"), totals);
    return out.end().split("\n");
  };
  expect(lines("text")).toEqual(
    expect.arrayContaining([
      'x_seconds_bucket{a="b",le="0.0005"} 1',
      'x_seconds_bucket{a="b",le="0.005"} 1',
      'x_seconds_bucket{a="b",le="0.01"} 2',
      'x_seconds_bucket{a="b",le="30"} 2',
      'x_seconds_bucket{a="b",le="+Inf"} 3',
      'x_seconds_sum{a="b"} 40.0075',
      'x_seconds_count{a="b"} 3',
    ]),
  );
  expect(lines("openmetrics")).toContain(
    'x_seconds_bucket{a="b",le="0.01"} 2 # {trace_id="00000001ffffffff000000007fffffff"} 0.007 1700000000.25',
  );
});

test("any label comes back from between its quotes, on one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const text = labels("a", value);
      expect(text).not.toContain("\n");
      const inner = /^a="((?:[^"\\]|\\["\\n])*)"$/s.exec(text)?.[1] ?? "";
      expect(inner.replaceAll(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c))).toBe(value);
    }),
  );
});
