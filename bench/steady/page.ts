import type { Line } from "../report/chart.ts";
import type { Block, Document } from "../report/document.ts";
import { describeMachine } from "../report/machine.ts";
import type { SteadyFigures } from "./measure.ts";
import { partsOf, type SteadySample } from "./verdict.ts";

/** The begin and the end of it, in a table: title and two cells. */
export function steadyRows({ samples }: Pick<SteadyFigures, "samples">): readonly (readonly string[])[] {
  const { begin, end } = partsOf(samples);
  const row = (title: string, text: (sample: SteadySample) => string) => [title, text(begin), text(end)];
  return [
    row("resident memory, MB", ({ residentMegabytes }) => residentMegabytes.toFixed(1)),
    row("open files", ({ openFiles }) => String(openFiles)),
    row("p50, ms", ({ p50Us }) => (p50Us / 1000).toFixed(2)),
    row("p99, ms", ({ p99Us }) => (p99Us / 1000).toFixed(2)),
  ];
}

export const steadyColumns = ["", "second fifth", "last fifth"] as const;

export function steadyDocument(figures: SteadyFigures, faults: readonly string[]): Document {
  const { samples, ratePerSecond, capacityPerSecond, cpuShare } = figures;
  const lasted = samples.at(-1)?.atSeconds ?? 0;
  const machine = describeMachine();
  const verdict: Block =
    faults.length === 0
      ? { kind: "verdict", good: true, text: "Memory is flat, and p99 does not grow." }
      : { kind: "verdict", good: false, text: faults.join("; ") };
  return {
    title: "The balancer under steady load",
    subtitle: `${ratePerSecond} requests/s for ${Math.round(lasted)} s, an open loop`,
    sections: [
      {
        blocks: [
          verdict,
          {
            kind: "facts",
            entries: [
              [
                "found capacity",
                capacityPerSecond === undefined ? "not looked for" : `${capacityPerSecond} requests/s`,
              ],
              ["the balancer's CPU", `${(100 * cpuShare).toFixed(0)} % of a core`],
              ["machine", `${machine.cpu}, ${machine.cores} cores, Bun ${machine.bun}`],
            ],
          },
          { kind: "table", columns: steadyColumns, rows: steadyRows(figures) },
          chart("Resident memory", "MB", samples, [["memory", ({ residentMegabytes }) => residentMegabytes]]),
          chart("Latency", "ms", samples, [
            ["p50", ({ p50Us }) => p50Us / 1000],
            ["p99", ({ p99Us }) => p99Us / 1000],
          ]),
        ],
      },
    ],
  };
}

function chart(
  caption: string,
  unit: string,
  samples: readonly SteadySample[],
  series: readonly (readonly [name: string, value: (sample: SteadySample) => number])[],
): Block {
  const lines = series.map(
    ([name, value], colour): Line => ({
      name,
      colour,
      points: samples.map((sample) => [sample.atSeconds, value(sample)]),
    }),
  );
  return {
    kind: "figure",
    caption,
    chart: {
      kind: "lines",
      lines,
      x: { title: "time, s", min: 0 },
      y: { title: `${caption}, ${unit}`, min: 0 },
    },
  };
}
