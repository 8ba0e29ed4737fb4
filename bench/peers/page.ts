import type { Block, Section } from "../report/document.ts";
import { renderHtml } from "../report/html-page.ts";
import { holds, verdicts } from "./limits.ts";
import type { Comparison } from "./parts/comparison.ts";
import type { ScaleResult } from "./parts/scale.ts";
import type { CpuRow } from "./parts/slice.ts";
import type { TailsResult } from "./parts/tails.ts";
import type { WorkersResult } from "./parts/workers.ts";
import { disturbances } from "./quiet.ts";
import { type PeersResult, versions } from "./results.ts";
import {
  cpuTable,
  scaleTable,
  sharesTable,
  type Table,
  tailsTable,
  throughputTable,
  verdictsTable,
  workersTable,
} from "./tables.ts";
import {
  describeComparison,
  describeIdle,
  describeScale,
  describeTails,
  describeWorkers,
  explainSpeedup,
} from "./text.ts";

/** The results as a page that needs no other file. */
export function renderPeersPage(result: PeersResult): string {
  const { comparisons, workers, scale, tails } = result;
  const sections = [
    overview(result),
    ...comparisons.map(comparisonSection),
    ...(workers === undefined ? [] : [workersSection(workers)]),
    ...(scale === undefined ? [] : [scaleSection(scale)]),
    ...tails.map(tailsSection),
  ];
  return renderHtml({
    title: "Ballast and its peers",
    subtitle: `${result.createdAt.slice(0, 10)}, in one run`,
    sections,
  });
}

function overview(result: PeersResult): Section {
  const held = verdicts(result);
  const { machine } = result;
  const missed = held.filter((verdict) => !holds(verdict)).length;
  return {
    blocks: [
      ...(held.length === 0
        ? []
        : [
            {
              kind: "verdict",
              good: missed === 0,
              text: missed === 0 ? "All limits are met." : `${missed} of ${held.length} limits missed.`,
            } satisfies Block,
            table(verdictsTable(held)),
          ]),
      {
        kind: "facts",
        entries: [
          ["Machine", `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMiB} MiB, ${machine.os}`],
          ["Cores", result.cores],
          ["Versions", versions(result).join(", ")],
          ["Disturbed by", disturbances(result).join("; ") || "nothing that was seen"],
          ["Not found", result.missing.join(", ") || "none"],
          ["Left out", result.skipped.join("; ") || "nothing"],
        ],
      },
    ],
  };
}

function comparisonSection(comparison: Comparison): Section {
  return {
    heading: comparison.heading,
    blocks: [
      note(describeComparison(comparison)),
      cpuChart(
        `User and system time of all processes of the proxy, for one ${comparison.unit}.`,
        comparison.rows,
      ),
      table(cpuTable(comparison)),
      table(throughputTable(comparison)),
    ],
  };
}

function workersSection(workers: WorkersResult): Section {
  return {
    heading: "Two workers",
    blocks: [
      note(describeWorkers(workers)),
      table(workersTable(workers)),
      { kind: "text", text: explainSpeedup(workers) },
    ],
  };
}

function scaleSection(scale: ScaleResult): Section {
  return {
    heading: "More to look after",
    blocks: [
      note(describeScale(scale)),
      cpuChart(
        "User and system time for one request.",
        scale.rows.map((row) => ({ ...row, name: row.name.replace(/^[^,]*, /, "") })),
      ),
      table(scaleTable(scale)),
      { kind: "text", text: describeIdle(scale) },
    ],
  };
}

function tailsSection(tails: TailsResult): Section {
  return {
    heading: `Latency before unlike servers: ${tails.scenario}`,
    blocks: [
      note(describeTails(tails)),
      chart(
        "99 of 100 requests took at most this long; each step of the scale is ten times the one below.",
        "p99, ms",
        tails.rows.map(({ name, cold }) => [name, cold.p99Us / 1000]),
        (ms) => ms.toFixed(0),
        "log",
      ),
      table(tailsTable(tails)),
      table(sharesTable(tails)),
    ],
  };
}

function note(text: string): Block {
  return { kind: "text", note: true, text };
}

function table({ columns, rows }: Table): Block {
  return { kind: "table", columns, rows };
}

function cpuChart(caption: string, rows: readonly CpuRow[]): Block {
  const bars = rows.map(({ name, median }) => [name, median.cpuUsPerRequest] as const);
  return chart(caption, "µs", bars, (us) => us.toFixed(us < 100 ? 1 : 0), "linear");
}

function chart(
  caption: string,
  unit: string,
  bars: readonly (readonly [name: string, value: number])[],
  format: (value: number) => string,
  scale: "linear" | "log",
): Block {
  const categories = bars.map(([name]) => name);
  const series = [{ name: unit, colour: 0, values: bars.map(([, value]) => value) }];
  const y = { title: unit, scale, format } as const;
  return {
    kind: "figure",
    caption,
    chart: { kind: "bars", categories, series, y, arrangement: "grouped" },
  };
}
