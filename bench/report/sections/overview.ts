import type { Cell, Section } from "../document.ts";
import type { Report } from "../report.ts";
import { describeLoad, figures, verdict } from "../summary.ts";

/** The outcome in one sentence and one table. */
export function overviewSection(report: Report): Section {
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
      { kind: "text", note: true, text: `Load: ${loads(report)}.` },
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
