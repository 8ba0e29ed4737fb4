/** `bun scripts/policies-docs.ts`: writes the table and the charts of docs/policies.md from the simulator; takes a minute. */
import { join } from "node:path";
import { whole } from "../bench/report/format.ts";
import { colourRules } from "../bench/report/style.ts";
import { type ChartSize, drawChart } from "../bench/report/svg-chart.ts";
import type { SimPolicyName } from "../bench/sim/balancer.ts";
import { comparedPolicies } from "../bench/sim/command.ts";
import { overviewChart, timelineChart } from "../bench/sim/report.ts";
import { loadScenario } from "../bench/sim/scenario.ts";
import { type ScenarioSummary, summarize } from "../bench/sim/summary.ts";
import { replacePart } from "./page-part.ts";

const docs = join(import.meta.dir, "..", "docs");
const marker = "<!-- simulator: written by scripts/policies-docs.ts -->";
const seed = 1;

/** Scenarios in the table's order, and what each column is called. */
export const columns = {
  "lab-60": "lab 60 %",
  "lab-85": "lab 85 %",
  "strong-60": "strong 60 %",
  "strong-85": "strong 85 %",
  "strong-85-4-balancers": "the same, 4 balancers",
  "strong-85-90-targets": "90 targets",
  "strong-85-90-targets-16-balancers": "90 targets, 16 balancers",
  "turns-slow": "turns slow",
  dies: "dies",
  "fails-fast": "fails fast",
} as const;

/** Where random choices alone would hide the lines of the others. */
const overTime: readonly SimPolicyName[] = ["clairvoyant", "ewma", "prequal", "least-connections"];
const charts = { overview: "policies-overview.svg", timeline: "policies-turns-slow.svg" } as const;
const size: ChartSize = { widthPx: 856, heightPx: 340 };

export function summaryOf(
  name: keyof typeof columns,
  policies: readonly SimPolicyName[] = comparedPolicies,
): ScenarioSummary {
  return summarize(loadScenario(name), policies, seed);
}

/** One cell of the table. */
export function cell({ policies }: ScenarioSummary, policy: SimPolicyName): string {
  const found = policies.find((each) => each.policy === policy);
  return found === undefined ? "" : whole(found.p99Ms);
}

function table(summaries: readonly ScenarioSummary[]): string {
  const rows = comparedPolicies.map((policy) => {
    const name = policy === "ewma" ? "**ewma**" : policy;
    return `| ${[name, ...summaries.map((summary) => cell(summary, policy))].join(" | ")} |`;
  });
  const titles = Object.values(columns).join(" | ");
  return [`| p99, ms | ${titles} |`, `|---|${"---|".repeat(summaries.length)}`, ...rows].join("\n");
}

/** A chart as a file of its own, with its colours and on paper of their colour. */
function imageOf(title: string, svg: string): string {
  const paper = '<rect width="100%" height="100%" fill="var(--page)"></rect>';
  const rules = colourRules.replaceAll(":root", "svg");
  const inside = `<title>${title}</title><style>${rules} svg { font-family: sans-serif; }</style>${paper}`;
  return `${svg.replace(/<svg[^>]*>/, (tag) => `${tag}\n${inside}`)}\n`;
}

if (import.meta.main) {
  const summaries = (Object.keys(columns) as (keyof typeof columns)[]).map((name) => summaryOf(name));
  const page = join(docs, "policies.md");
  const parts = `${table(summaries)}

![p99 of each policy in each scenario without faults, on a scale of tens](images/${charts.overview})

![p99 over time where a large server is slower for a while](images/${charts.timeline})`;
  await Bun.write(page, replacePart(await Bun.file(page).text(), marker, parts));
  const steady = summaries.filter(({ policies }) => policies.every(({ timeline }) => timeline === undefined));
  const overview = drawChart(overviewChart(steady), size);
  await Bun.write(join(docs, "images", charts.overview), imageOf("p99 of each policy", overview));
  const timeline = drawChart(timelineChart(summaryOf("turns-slow", overTime)), size);
  await Bun.write(join(docs, "images", charts.timeline), imageOf("p99 over time", timeline));
}
