import { type Axis, barChart, type Line, lineChart } from "./charts.ts";
import { ms, percent, whole } from "./format.ts";
import type { Section } from "./page.ts";
import { type Report, targetShares } from "./report.ts";

/** Percentiles so that each further nine takes the same room. */
const ninesAxis: Axis = {
  title: "percentile",
  min: 0,
  max: 3,
  interval: 1,
  format: (nines) => (nines === 0 ? "0" : `${Number((100 * (1 - 10 ** -nines)).toFixed(3))}`),
};

/** How latencies are spread, a line for each cluster. */
export function latencySection(report: Report): Section {
  const lines = report.runs.map(
    ({ cluster, result }, colour): Line => ({
      name: cluster,
      colour,
      points: result.latency.curve
        .filter(({ percentile }) => percentile <= 99.9)
        .map(({ percentile, us }) => [-Math.log10(1 - percentile / 100), us / 1000] as const),
    }),
  );
  return {
    heading: "Latency distribution",
    blocks: [
      {
        kind: "figure",
        caption:
          "So many percent of the requests were answered within this time; each further nine takes the same room.",
        draw: (size) => lineChart({ lines, x: ninesAxis, y: { title: "latency, ms" } }, size),
      },
    ],
  };
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
  const burstNote = burst(report)
    ? " All requests start at 0: an answer's latency is the time of its arrival."
    : "";
  const x: Axis = { title: "time, s", min: 0 };
  return {
    heading: "Latency over time",
    blocks: [
      {
        kind: "figure",
        caption: `By the time of the answer, from the start of each cluster's run.${burstNote}`,
        draw: (size) => lineChart({ lines, x, y: { title: "latency, ms" } }, size),
      },
      {
        kind: "figure",
        caption: "Answers per second over the same time.",
        draw: (size) => lineChart({ lines: rates, x, y: { title: "answers/s" } }, size),
      },
    ],
  };
}

function middleSeconds({ startMs, widthMs }: { startMs: number; widthMs: number }): number {
  return (startMs + widthMs / 2) / 1000;
}

function burst(report: Report): boolean {
  return report.runs.every(
    ({ result: { plan } }) => plan.shape.kind === "closed" && plan.shape.requests === plan.shape.concurrency,
  );
}

/** Which target answered how many requests, how fast. */
export function targetSection(report: Report): Section {
  const categories = report.runs.flatMap(({ result }) => Object.keys(result.targets));
  if (categories.length === 0) {
    const text = "The answers named no target: neither x-ballast-target nor an instance in a JSON body.";
    return { heading: "Requests per target", blocks: [{ kind: "text", text }] };
  }
  const series = report.runs.map(({ cluster, result }, colour) => ({
    name: cluster,
    colour,
    values: categories.map((target) => result.targets[target]?.requests ?? null),
  }));
  return {
    heading: "Requests per target",
    blocks: [
      {
        kind: "figure",
        caption: "Answers by the target that gave them.",
        draw: (size) =>
          barChart({ categories, series, y: { title: "answers" }, arrangement: "stacked" }, size),
      },
      {
        kind: "table",
        columns: ["target", "cluster", "requests", "share", "p50 ms", "p99 ms"],
        rows: report.runs.flatMap(({ cluster, result }, colour) =>
          targetShares(result).map(({ target, requests, share }) => [
            { text: target, colour },
            cluster,
            whole(requests),
            percent(share),
            ms(result.targets[target]?.p50Us ?? 0),
            ms(result.targets[target]?.p99Us ?? 0),
          ]),
        ),
      },
    ],
  };
}
