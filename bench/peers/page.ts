import { barChart } from "../report/charts.ts";
import { type Block, renderPage, type Section } from "../report/page.ts";
import type { CpuResult } from "./cpu.ts";
import { holds, verdicts } from "./limits.ts";
import { disturbances } from "./quiet.ts";
import { type PeersResult, versions } from "./results.ts";
import { cpuTable, sharesTable, type Table, tailsTable, throughputTable, verdictsTable } from "./tables.ts";
import type { TailsResult } from "./tails.ts";
import { describeCpu, describeTails } from "./text.ts";

/** The results as a page that needs no other file. */
export function renderPeersPage(result: PeersResult): string {
  const sections = [
    overview(result),
    ...(result.cpu === undefined ? [] : [cpuSection(result.cpu)]),
    ...result.tails.map(tailsSection),
  ];
  return renderPage("Ballast and its peers", sections, `${result.createdAt.slice(0, 10)}, in one run`);
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
        ],
      },
    ],
  };
}

function cpuSection(cpu: CpuResult): Section {
  return {
    heading: "CPU per request",
    blocks: [
      { kind: "text", note: true, text: describeCpu(cpu) },
      chart(
        "User and system time of all processes of the proxy, for one request.",
        "µs",
        cpu.rows.map(({ name, median }) => [name, median.cpuUsPerRequest]),
        (us) => us.toFixed(1),
        "linear",
      ),
      table(cpuTable(cpu)),
      table(throughputTable(cpu)),
    ],
  };
}

function tailsSection(tails: TailsResult): Section {
  return {
    heading: `Latency before unlike servers: ${tails.scenario}`,
    blocks: [
      { kind: "text", note: true, text: describeTails(tails) },
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

function table({ columns, rows }: Table): Block {
  return { kind: "table", columns, rows };
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
    draw: (size) => barChart({ categories, series, y, arrangement: "grouped" }, size),
  };
}
