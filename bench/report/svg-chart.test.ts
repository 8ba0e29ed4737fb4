import { describe, expect, test } from "bun:test";
import { drawChart } from "./svg-chart.ts";

const size = { widthPx: 400, heightPx: 200 };
const line = (name: string, colour: number) => ({
  name,
  colour,
  points: [
    [0, 1],
    [1, 2],
    [2, 4],
  ] as const,
});

describe("line chart", () => {
  test("draws each line in its series colour, with titles and ticks", () => {
    const lines = [line("first", 0), { ...line("second", 1), dashed: true }];
    const svg = drawChart(
      { kind: "lines", lines, x: { title: "time, s" }, y: { title: "latency, ms" } },
      size,
    );
    expect(svg).toStartWith('<svg width="400" height="200"');
    for (const part of ["time, s", "latency, ms", "first", "second", "var(--series-1)", "stroke-dasharray"]) {
      expect(svg).toContain(part);
    }
  });

  test("a single series has no legend", () => {
    const svg = drawChart(
      { kind: "lines", lines: [line("alone", 0)], x: { title: "x" }, y: { title: "y" } },
      size,
    );
    expect(svg).not.toContain("alone");
  });

  test("texts have the page's colours, which differ between light and dark", () => {
    const svg = drawChart(
      { kind: "lines", lines: [line("a", 0), line("b", 1)], x: { title: "x" }, y: { title: "y" } },
      size,
    );
    const colours = [...svg.matchAll(/<text[^>]* fill="([^"]*)"/g)].map(([, colour]) => colour);
    expect([...new Set(colours)].sort()).toEqual(["var(--muted)", "var(--text)"]);
  });
});

describe("bar chart", () => {
  test("draws a bar for each value, none for null, and writes the values", () => {
    const svg = drawChart(
      {
        kind: "bars",
        categories: ["i-1", "i-2"],
        series: [
          { name: "a", values: [7, null], colour: 0 },
          { name: "b", values: [null, 1234], colour: 1 },
        ],
        y: { title: "answers" },
        arrangement: "stacked",
      },
      size,
    );
    expect(svg).toContain(">7<");
    expect(svg).toContain(">1\u202f234<");
    expect(svg).toContain("i-2");
  });
});

test("drawing leaves nothing behind that would keep the process alive", () => {
  const script = `
    import { drawChart } from ${JSON.stringify(`${import.meta.dir}/svg-chart.ts`)};
    drawChart({ kind: "lines", lines: [{ name: "a", points: [[0, 1]], colour: 0 }], x: { title: "" }, y: { title: "" } }, { widthPx: 9, heightPx: 9 });`;
  const child = Bun.spawnSync([process.execPath, "-e", script], { timeout: 10_000 });
  expect(child.exitCode).toBe(0);
});
