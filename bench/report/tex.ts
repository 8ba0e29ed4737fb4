import { type LoadResult, requestsPerSecond } from "../load/result.ts";
import { compareReports, formatRelative } from "./compare.ts";
import { type Report, targetShares } from "./report.ts";
import { describeLoad, describeSubject, figures, verdict } from "./summary.ts";

/** The report as a LaTeX document for `pdflatex`; needs pgfplots and nothing else beyond the base. */
export function renderTex(report: Report, baseline?: Report): string {
  const { machine, runs } = report;
  const rows = runs.map(({ cluster, result }) => [
    cluster,
    ...figures.map(({ value, format }) => format(value(result))),
  ]);
  const shares = runs.flatMap(({ cluster, result }) =>
    targetShares(result).map(({ target, requests, share }) => [
      target,
      cluster,
      `${requests}`,
      `${(share * 100).toFixed(1)} %`,
    ]),
  );
  return `\\documentclass[a4paper,11pt]{article}
\\usepackage[T1]{fontenc}
\\usepackage[utf8]{inputenc}
\\usepackage{textcomp}
\\usepackage[margin=22mm]{geometry}
\\usepackage{graphicx}
\\usepackage{xcolor}
\\usepackage{pgfplots}
\\pgfplotsset{compat=1.16}
${colours.map((hex, index) => `\\definecolor{series${index + 1}}{HTML}{${hex}}`).join("\n")}
\\setlength{\\parindent}{0pt}
\\begin{document}
\\section*{Benchmark report}
${escapeTex(describeSubject(report))}, ${escapeTex(report.createdAt)}.

${escapeTex(`${runs.map(({ cluster, result }) => `${cluster}: ${describeLoad(result)}`).join("; ")}.`)}

${escapeTex(verdict(report).text)}

\\subsection*{Results}
\\resizebox{\\textwidth}{!}{%
${table(["cluster", ...figures.map(({ name }) => name)], rows)}}

${(baseline === undefined ? [] : compareReports(baseline, report)).map(comparison).join("\n")}
\\subsection*{Latency distribution}
${percentilePlot(runs)}

\\subsection*{Latency over time (p50)}
${timePlot(runs)}

\\subsection*{Requests per target}
${shares.length === 0 ? "The answers named no target." : table(["target", "cluster", "requests", "share"], shares)}

\\subsection*{Conditions}
Load from ${escapeTex(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryMiB} MiB, ${machine.os}, Bun ${machine.bun}`)}.
${escapeTex(runs.map(({ cluster, result }) => `${cluster}: ${result.peakConnections} connections open at once, ${requestsPerSecond(result).toFixed(1)} requests/s.`).join(" "))}
\\end{document}
`;
}

const colours = ["2563A8", "C2600A", "2C8A5B", "8E4EC6"];

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "%": "\\%",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\textquotedbl{}",
  "'": "\\textquotesingle{}",
  "`": "\\textasciigrave{}",
  "-": "{-}",
  // At the start of a table's row these two would be read as arguments of the row end before.
  "[": "{[}",
  "*": "{*}",
  "−": "$-$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "—": "\\textemdash{}",
  "\u202f": "\\,",
};

/** Text as LaTeX prints it literally; characters that no standard font has become `?`. */
export function escapeTex(text: string): string {
  return text.replace(/[^ A-Za-z0-9.,:;()/=+!?@\]]/gu, (character) => {
    if (/\s/.test(character) && special[character] === undefined) return " ";
    return special[character] ?? "?";
  });
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `${cells.map(escapeTex).join(" & ")} \\\\`;
  return `\\begin{tabular}{l${"r".repeat(columns.length - 1)}}
\\hline
${line(columns)}
\\hline
${rows.map(line).join("\n")}
\\hline
\\end{tabular}`;
}

function comparison({ cluster, differences }: ReturnType<typeof compareReports>[number]): string {
  const rows = differences.map(({ figure, before, now, relative }) => [
    figure.name,
    figure.format(before),
    figure.format(now),
    formatRelative(relative),
  ]);
  return `\\subsection*{${escapeTex(cluster)} against the baseline}
${table(["", "baseline", "now", "difference"], rows)}
`;
}

type Runs = Report["runs"];

function percentilePlot(runs: Runs): string {
  const points = ({ latency }: LoadResult): Points =>
    latency.curve
      .filter(({ percentile }) => percentile <= 99.9)
      .map(({ percentile, us }) => [-Math.log10(1 - percentile / 100), us / 1000]);
  const ticks = "xtick={0,1,2,3}, xticklabels={0,90,99,99.9}, xmin=0, xmax=3";
  return plot(`xlabel={percentile}, ylabel={latency, ms}, ${ticks}`, runs, points);
}

function timePlot(runs: Runs): string {
  const points = ({ timeline }: LoadResult): Points =>
    timeline
      .filter(({ answers }) => answers > 0)
      .map(({ startMs, widthMs, p50Us }) => [(startMs + widthMs / 2) / 1000, p50Us / 1000]);
  return plot("xlabel={time, s}, ylabel={latency, ms}, xmin=0", runs, points);
}

type Points = readonly (readonly [number, number])[];

function plot(options: string, runs: Runs, points: (result: LoadResult) => Points): string {
  const lines = runs.flatMap(({ cluster, result }, index) => {
    const colour = `series${(index % colours.length) + 1}`;
    const coordinates = points(result).map(([x, y]) => `(${x.toFixed(4)},${y.toFixed(3)})`);
    if (coordinates.length === 0) return [];
    return `\\addplot[${colour}, thick] coordinates {${coordinates.join(" ")}};
\\addlegendentry{${escapeTex(cluster)}}`;
  });
  if (lines.length === 0) return "No request was answered.";
  return `\\begin{tikzpicture}
\\begin{axis}[width=\\textwidth, height=65mm, ymin=0, legend pos=north west, legend cell align=left,
  axis lines=left, ymajorgrids, scaled ticks=false, ${options}]
${lines.join("\n")}
\\end{axis}
\\end{tikzpicture}`;
}
