import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BarChart, LineChart } from "../report/chart.ts";
import type { Block, Cell, Section } from "../report/document.ts";
import { renderHtml } from "../report/html-page.ts";
import type { SimPolicyName } from "./balancer.ts";
import type { PolicySummary, ScenarioSummary } from "./summary.ts";
import { formatMs } from "./text.ts";

const maxLabelLength = 12;

/** Writes `simulation.html` and `simulation.json`; their paths. */
export function writeReport(summaries: readonly ScenarioSummary[], directory: string): string[] {
  mkdirSync(directory, { recursive: true });
  const html = join(directory, "simulation.html");
  const json = join(directory, "simulation.json");
  writeFileSync(html, renderSimulation(summaries));
  writeFileSync(json, `${JSON.stringify({ scenarios: summaries }, undefined, 2)}\n`);
  return [html, json];
}

export function renderSimulation(summaries: readonly ScenarioSummary[]): string {
  const steady = summaries.filter((summary) => !hasTimeline(summary));
  const seeds = [...new Set(summaries.map(({ seed }) => seed))].join(", ");
  return renderHtml({
    title: "Policies in the simulator",
    subtitle: `The balancer's own policies on a virtual clock, from a cold start, seed ${seeds}. "clairvoyant" knows every server's speed and queue.`,
    sections: [
      ...(steady.length > 0 ? [overview(steady)] : []),
      ...summaries.map((summary): Section => ({ heading: summary.title, blocks: blocks(summary) })),
    ],
  });
}

/** The p99 of each policy in each scenario, as bars. */
export function overviewChart(summaries: readonly ScenarioSummary[]): BarChart {
  return {
    kind: "bars",
    categories: summaries.map(({ name }) => wrapped(name)),
    series: policiesOf(summaries).map((policy, colour) => ({
      name: policy,
      colour,
      values: summaries.map(({ policies }) => policies.find((p) => p.policy === policy)?.p99Ms ?? null),
    })),
    y: { title: "p99, ms", scale: "log", format: (ms) => formatMs(ms) },
    arrangement: "grouped",
  };
}

function overview(summaries: readonly ScenarioSummary[]): Section {
  const chart = overviewChart(summaries);
  const caption =
    "99 of 100 requests took at most this long; each step of the scale is ten times the one below.";
  return { blocks: [{ kind: "figure", caption, chart }] };
}

function blocks(summary: ScenarioSummary): Block[] {
  const table: Block = {
    kind: "table",
    columns: ["policy", "p50 ms", "p99 ms", "p99.9 ms", "p99 ÷ clairvoyant", "requests", "failed"],
    rows: summary.policies.map((policy, colour) => row(policy, colour, summary)),
  };
  return hasTimeline(summary) ? [timeline(summary), table] : [table];
}

function row(policy: PolicySummary, colour: number, { policies }: ScenarioSummary): (Cell | string)[] {
  const bound = policies.find((p) => p.policy === "clairvoyant");
  return [
    { text: policy.policy, colour },
    formatMs(policy.p50Ms),
    formatMs(policy.p99Ms),
    formatMs(policy.p999Ms),
    bound === undefined ? "" : (policy.p99Ms / bound.p99Ms).toFixed(2),
    `${policy.requests}`,
    policy.failures > 0 ? { text: `${policy.failures}`, tone: "bad" } : "0",
  ];
}

/** The p99 of each policy over the time of a scenario. */
export function timelineChart(summary: ScenarioSummary): LineChart {
  return {
    kind: "lines",
    lines: summary.policies.map(({ policy, timeline = [] }, colour) => ({
      name: policy,
      colour,
      points: timeline.map(({ fromMs, p99Ms }) => [fromMs / 1000, p99Ms] as const),
      dashed: policy === "clairvoyant",
    })),
    x: { title: "arrival, s" },
    y: { title: "p99, ms", scale: "log", format: (ms) => formatMs(ms) },
  };
}

function timeline(summary: ScenarioSummary): Block {
  const chart = timelineChart(summary);
  const caption = "p99 of the requests that arrived within two seconds.";
  return { kind: "figure", caption, chart };
}

function policiesOf(summaries: readonly ScenarioSummary[]): SimPolicyName[] {
  return [...new Set(summaries.flatMap(({ policies }) => policies.map(({ policy }) => policy)))];
}

function hasTimeline({ policies }: ScenarioSummary): boolean {
  return policies.some(({ timeline }) => timeline !== undefined);
}

/** A scenario's name over several lines, each short enough to stand under its bars. */
function wrapped(name: string): string {
  const lines: string[] = [];
  for (const part of name.split("-")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < maxLabelLength)
      lines[lines.length - 1] = `${last}-${part}`;
    else lines.push(part);
  }
  return lines.join("\n");
}
