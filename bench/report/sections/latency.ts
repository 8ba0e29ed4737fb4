import type { LatencySummary } from "../../load/result.ts";
import type { Axis, Line } from "../chart.ts";
import type { Section } from "../document.ts";
import type { Report } from "../report.ts";
import { isBurst } from "../summary.ts";

/** Percentiles so that each further nine takes the same room. */
const ninesAxis: Axis = {
  title: "percentile",
  min: 0,
  max: 3,
  interval: 1,
  format: (nines) => (nines === 0 ? "0" : `${Number((100 * (1 - 10 ** -nines)).toFixed(3))}`),
};

/** How latencies are spread, a line for each cluster: up to the rare ones, and as a distribution function. */
export function latencySection(report: Report): Section {
  return {
    heading: "Latency distribution",
    blocks: [
      {
        kind: "figure",
        caption:
          "So many percent of the requests were answered within this time; each further nine takes the same room.",
        chart: {
          kind: "lines",
          lines: linesOf(report, ({ curve }) =>
            curve
              .filter(({ percentile }) => percentile <= 99.9)
              .map(({ percentile, us }) => [-Math.log10(1 - percentile / 100), us / 1000] as const),
          ),
          x: ninesAxis,
          y: { title: "latency, ms" },
        },
      },
      {
        kind: "figure",
        caption: "Cumulative distribution: this share of the requests was answered within the time below.",
        chart: {
          kind: "lines",
          lines: linesOf(report, ({ curve }) =>
            curve
              .filter(({ us }) => us > 0)
              .map(({ percentile, us }) => [us / 1000, percentile / 100] as const),
          ),
          x: { title: "latency, ms", scale: "log" },
          y: { title: "share", min: 0, max: 1 },
        },
      },
    ],
  };
}

function linesOf(report: Report, points: (latency: LatencySummary) => Line["points"]): Line[] {
  return report.runs.map(({ cluster, result }, colour) => ({
    name: cluster,
    colour,
    points: points(result.latency),
  }));
}

/** How latency and throughput went during the run. */
export function timeSection(report: Report): Section {
  const lines = report.runs.flatMap(({ cluster, result }, colour): Line[] => {
    const answered = result.timeline.filter(({ answers }) => answers > 0);
    const points = (us: "p50Us" | "p99Us") =>
      answered.map((bucket) => [middleSeconds(bucket), bucket[us] / 1000] as const);
    return [
      { name: `${cluster} p50`, colour, points: points("p50Us") },
      { name: `${cluster} p99`, colour, points: points("p99Us"), dashed: true },
    ];
  });
  const rates = report.runs.map(
    ({ cluster, result }, colour): Line => ({
      name: cluster,
      colour,
      points: result.timeline.map((bucket) => [
        middleSeconds(bucket),
        (bucket.answers * 1000) / bucket.widthMs,
      ]),
    }),
  );
  const burstNote = isBurst(report)
    ? " All requests start at 0: an answer's latency is the time of its arrival."
    : "";
  const x: Axis = { title: "time, s", min: 0 };
  return {
    heading: "Latency over time",
    blocks: [
      {
        kind: "figure",
        caption: `By the time of the answer, from the start of each cluster's run.${burstNote}`,
        chart: { kind: "lines", lines, x, y: { title: "latency, ms" } },
      },
      {
        kind: "figure",
        caption: "Answers per second over the same time.",
        chart: { kind: "lines", lines: rates, x, y: { title: "answers/s" } },
      },
    ],
  };
}

function middleSeconds({ startMs, widthMs }: { startMs: number; widthMs: number }): number {
  return (startMs + widthMs / 2) / 1000;
}
