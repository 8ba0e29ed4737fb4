import { compareReports, type Difference, formatRelative, loadDifferences } from "../compare.ts";
import type { Block, Cell, Section } from "../document.ts";
import type { Report } from "../report.ts";
import { describeSubject } from "../summary.ts";

/** Every figure beside that of the baseline, a group of columns for each cluster. */
export function baselineSection(baseline: Report, report: Report): Section {
  const when = baseline.createdAt.slice(0, 16).replace("T", " ");
  const note: Block = {
    kind: "text",
    note: true,
    text: `Baseline: ${describeSubject(baseline)}, ${when} UTC. ${loadDifferences(baseline, report).join(" ")}`,
  };
  const compared = compareReports(baseline, report);
  const [first] = compared;
  if (first === undefined) {
    return {
      heading: "Against the baseline",
      blocks: [note, { kind: "text", text: "It has none of these clusters." }],
    };
  }
  const rows = first.differences.map(({ figure }, row) => [
    figure.name,
    ...compared.flatMap(({ differences }) => differenceCells(differences[row])),
  ]);
  const columns = ["", ...compared.flatMap(({ cluster }) => [`${cluster} was`, "is", "difference"])];
  return { heading: "Against the baseline", blocks: [note, { kind: "table", columns, rows }] };
}

function differenceCells(difference: Difference | undefined): Cell[] {
  if (difference === undefined) return [];
  const { figure, before, now, relative, verdict } = difference;
  const text = formatRelative(relative);
  return [
    { text: figure.format(before) },
    { text: figure.format(now) },
    verdict === undefined ? { text } : { text, tone: verdict === "better" ? "good" : "bad" },
  ];
}
