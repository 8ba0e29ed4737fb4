import type { Line } from "../chart.ts";
import type { Block, Cell, Section } from "../document.ts";
import { ms } from "../format.ts";
import { everyone, type NamedMeasured, type Report } from "../report.ts";
import { figures } from "../summary.ts";

/** Without the number of requests, which is the same for all. */
const compared = figures.filter(({ name }) => name !== "requests");

/** Every system's figures under the same load, a table and a chart for each cluster. */
export function othersSection(report: Report): Section {
  return {
    heading: "Beside other balancers",
    blocks: report.runs.flatMap(({ cluster }): Block[] => {
      const rows = everyone(report).flatMap(({ name, runs }, colour) => {
        const run = runs.find((candidate) => candidate.cluster === cluster);
        return run === undefined ? [] : [{ name, colour, result: run.result }];
      });
      return [
        {
          kind: "table",
          caption: cluster,
          columns: ["balancer", ...compared.map(({ name }) => name)],
          rows: rows.map(({ name, colour, result }) => [
            { text: name, colour },
            ...compared.map(({ name: figure, value, format }): Cell => {
              const text = format(value(result));
              return figure === "failed" && value(result) > 0 ? { text, tone: "bad" } : { text };
            }),
          ]),
        },
        {
          kind: "figure",
          caption: `${cluster}: latency that half, and that 99 of 100 of the requests stayed within.`,
          chart: {
            kind: "bars",
            categories: ["p50", "p99"],
            series: rows.map(({ name, colour, result }) => ({
              name,
              colour,
              values: [result.latency.p50Us / 1000, result.latency.p99Us / 1000],
            })),
            y: { title: "latency, ms", format: (value) => ms(value * 1000) },
            arrangement: "grouped",
          },
        },
      ];
    }),
  };
}

/** How latency grows with the load, a chart for each cluster with a pair of lines for each system. */
export function loadSection(report: Report): Section {
  const clusters = [...new Set(report.steps.map(({ cluster }) => cluster))];
  return {
    heading: "Latency against load",
    blocks: clusters.flatMap((cluster): Block[] => [
      {
        kind: "figure",
        caption: `${cluster}: p99 (drawn through) and p50 (dashed) at so many requests per second.`,
        chart: {
          kind: "lines",
          lines: everyone(report).flatMap((system, colour) => [
            lineOf(system, cluster, "p99Us", colour),
            lineOf(system, cluster, "p50Us", colour),
          ]),
          x: { title: "requests/s", min: 0 },
          y: { title: "latency, ms", scale: "log" },
        },
      },
      stepsTable(report, cluster),
    ]),
  };
}

function lineOf(
  { name, steps }: NamedMeasured,
  cluster: string,
  quantile: "p50Us" | "p99Us",
  colour: number,
): Line {
  return {
    name: `${name} ${quantile === "p99Us" ? "p99" : "p50"}`,
    colour,
    dashed: quantile === "p50Us",
    points: steps
      .filter((step) => step.cluster === cluster && step[quantile] > 0)
      .map((step) => [step.ratePerSecond, step[quantile] / 1000] as const),
  };
}

function stepsTable(report: Report, cluster: string): Block {
  const rates = report.steps.filter((step) => step.cluster === cluster).map((step) => step.ratePerSecond);
  return {
    kind: "table",
    caption: `${cluster}: p99 in ms; in brackets how many requests failed, where any did`,
    columns: ["balancer", ...rates.map((rate) => `${rate}/s`)],
    rows: everyone(report).map(({ name, steps }, colour) => [
      { text: name, colour },
      ...rates.map((rate): Cell => {
        const step = steps.find((each) => each.cluster === cluster && each.ratePerSecond === rate);
        if (step === undefined) return { text: "—" };
        const p99 = (step.p99Us / 1000).toFixed(1);
        return step.failed === 0 ? { text: p99 } : { text: `${p99} (${step.failed})`, tone: "bad" };
      }),
    ]),
  };
}
