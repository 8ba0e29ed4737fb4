import type { Line } from "../report/chart.ts";
import type { Block, Document } from "../report/document.ts";
import { describeMachine } from "../report/machine.ts";
import type { SteadyFigures } from "./measure.ts";
import {
  type LatencyVerdict,
  latencyVerdict,
  partsOf,
  type SteadyParts,
  type SteadySample,
} from "./verdict.ts";

/** The begin and the end of it, in a table: title and two cells. */
export function steadyRows({ samples }: Pick<SteadyFigures, "samples">): readonly (readonly string[])[] {
  const { begin, end } = partsOf(samples);
  const row = (title: string, text: (part: SteadyParts["begin"]) => string) => [
    title,
    text(begin),
    text(end),
  ];
  return [
    row("resident memory, MB", ({ residentMegabytes }) => residentMegabytes.toFixed(1)),
    row("open files", ({ openFiles }) => String(openFiles)),
    row("CPU for a request, µs", ({ cpuUsPerRequest }) => cpuUsPerRequest.toFixed(1)),
    row("p50, ms", ({ p50Us }) => (p50Us / 1000).toFixed(2)),
    row("p99, ms", ({ p99Us }) => (p99Us / 1000).toFixed(2)),
  ];
}

export const steadyColumns = ["", "second fifth", "last fifth"] as const;

/** In which intervals p99 was compared, and what that came to. */
export function describeLatency({ compared, late, disturbed, trend }: LatencyVerdict): string {
  const total = compared + late + disturbed;
  const intervals = `p99 of ${compared} of ${total} intervals after the first fifth`;
  const left = `${late} left out as the generator was late, ${disturbed} as other programs took the core`;
  const found =
    trend === undefined
      ? "too few to judge"
      : `at the end ${trend.growth.toFixed(2)} × its begin, by chance in ${percent(trend.chance)}`;
  return `${intervals} (${left}): ${found}`;
}

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export function steadyDocument(figures: SteadyFigures, faults: readonly string[]): Document {
  const { samples, ratePerSecond, capacity, cpuShare } = figures;
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
                capacity === undefined
                  ? "not looked for"
                  : `${capacity.balancer} requests/s by the balancer on one core, ${capacity.generator} by the generator`,
              ],
              ["the balancer's CPU", `${percent(cpuShare)} of a core`],
              ["what is judged", describeLatency(latencyVerdict(samples))],
              ["machine", `${machine.cpu}, ${machine.cores} cores, Bun ${machine.bun}`],
            ],
          },
          { kind: "table", columns: steadyColumns, rows: steadyRows(figures) },
          chart("Resident memory", "MB", samples, [["memory", ({ residentMegabytes }) => residentMegabytes]]),
          chart("Latency", "ms", samples, [
            ["p50", ({ p50Us }) => p50Us / 1000],
            ["p99", ({ p99Us }) => p99Us / 1000],
            ["the generator's part, p99", ({ generatorLateUs }) => generatorLateUs / 1000],
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
