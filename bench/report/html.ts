import type { LoadResult } from "../load/result.ts";
import { comparisonSection } from "./comparison-section.ts";
import { latencySection, targetSection, timeSection } from "./figure-sections.ts";
import { ms, whole } from "./format.ts";
import { type Cell, renderPage, type Section } from "./page.ts";
import type { Report } from "./report.ts";
import { describeLoad, describeSubject, figures, verdict } from "./summary.ts";

/** The report as one HTML page; with a baseline it also shows the difference. */
export function renderHtml(report: Report, baseline?: Report): string {
  const sections = [
    overview(report),
    ...(baseline === undefined ? [] : [comparisonSection(baseline, report)]),
    latencySection(report),
    timeSection(report),
    targetSection(report),
    conditions(report),
  ];
  const when = report.createdAt.slice(0, 16).replace("T", " ");
  return renderPage("Benchmark report", sections, `${describeSubject(report)} · ${when} UTC`);
}

function overview(report: Report): Section {
  return {
    blocks: [
      { kind: "verdict", ...verdict(report) },
      {
        kind: "table",
        columns: ["cluster", ...figures.map(({ name }) => name)],
        rows: report.runs.map(({ cluster, result }, index) => [
          { text: cluster, colour: index },
          ...figures.map(({ name, value, format }): Cell => {
            const text = format(value(result));
            return name === "failed" && value(result) > 0 ? { text, tone: "bad" } : { text };
          }),
        ]),
      },
      {
        kind: "text",
        note: true,
        text: `Load: ${loads(report)}. Latencies count from the intended start of a request to the last byte of its answer.`,
      },
    ],
  };
}

/** Each run's load, once when all are the same. */
function loads(report: Report): string {
  const unlike = new Set(report.runs.map(({ result }) => describeLoad(result)));
  const [first] = unlike;
  if (unlike.size === 1 && first !== undefined)
    return `${first}${report.runs.length > 1 ? " to each cluster, one after the other" : ""}`;
  return report.runs.map(({ cluster, result }) => `${cluster} ${describeLoad(result)}`).join("; ");
}

function conditions(report: Report): Section {
  const { machine } = report;
  const each = (text: (run: Report["runs"][number]) => string) =>
    report.runs.map((run) => `${run.cluster} ${text(run)}`).join(", ");
  return {
    heading: "How it was measured",
    blocks: [
      {
        kind: "facts",
        entries: [
          ["Connections open at once", each(({ result }) => whole(result.peakConnections))],
          ["Time to open them ahead", each(({ result }) => connectTime(result))],
          ["Sent again on a fresh connection", each(({ result }) => whole(result.retries))],
          [
            "Generator behind schedule by at most",
            each(({ result }) => `${ms(result.maxScheduleLagMs * 1000)} ms`),
          ],
          ["Seed", each(({ result }) => `${result.plan.seed}`)],
          [
            "Load came from",
            `${machine.cpu}, ${machine.cores} cores, ${whole(machine.memoryMiB)} MiB, ${machine.os}, Bun ${machine.bun}`,
          ],
        ],
      },
    ],
  };
}

/** An open loop opens its connections as it needs them. */
function connectTime({ plan, connectMs }: LoadResult): string {
  return plan.shape.kind === "closed" ? `${ms(connectMs * 1000)} ms` : "none opened ahead";
}
