import type { Block, Cell, Document, Section } from "./document.ts";
import { seriesColours } from "./style.ts";
import { texChart } from "./tex-chart.ts";
import { escapeTex } from "./tex-text.ts";

/** The document for `pdflatex`; needs pgfplots and nothing else beyond the base. */
export function renderTex({ title, subtitle, sections }: Document): string {
  return `\\documentclass[a4paper,10pt]{article}
% Outlines instead of bitmaps where they are installed.
\\IfFileExists{lmodern.sty}{\\usepackage[T1]{fontenc}\\usepackage{lmodern}}{}
\\usepackage[utf8]{inputenc}
\\usepackage{textcomp}
\\usepackage[margin=22mm]{geometry}
\\usepackage{graphicx}
\\usepackage{xcolor}
\\usepackage{pgfplots}
\\pgfplotsset{compat=1.16}
${seriesColours.map((hex, index) => `\\definecolor{series${index + 1}}{HTML}{${hex}}`).join("\n")}
\\definecolor{good}{HTML}{1A7F4B}
\\definecolor{bad}{HTML}{B3261E}
\\definecolor{muted}{HTML}{5D6675}
\\definecolor{panel}{HTML}{F7F8FA}
\\definecolor{rule}{HTML}{DFE3E9}
\\renewcommand{\\familydefault}{\\sfdefault}
\\setlength{\\parindent}{0pt}
\\setlength{\\parskip}{6pt}
\\renewcommand{\\arraystretch}{1.2}
\\newsavebox{\\fitbox}
% As wide as it is, and no wider than the text.
\\newcommand{\\fit}[1]{\\sbox{\\fitbox}{#1}\\ifdim\\wd\\fitbox>\\textwidth\\resizebox{\\textwidth}{!}{\\usebox{\\fitbox}}\\else\\usebox{\\fitbox}\\fi}
\\newcommand{\\patch}[1]{\\textcolor{#1}{\\rule{1.1ex}{1.1ex}}\\ }
\\newcommand{\\verdict}[2]{\\colorbox{panel}{\\parbox{\\dimexpr\\textwidth-2\\fboxsep\\relax}{\\textcolor{#1}{\\rule[-0.6ex]{3pt}{2.6ex}}\\ \\ #2}}\\par}
\\begin{document}
{\\LARGE\\bfseries ${escapeTex(title)}}

\\textcolor{muted}{${escapeTex(subtitle)}}

\\rule{\\textwidth}{1pt}
${sections.map(renderSection).join("\n")}
\\end{document}
`;
}

function renderSection({ heading, blocks }: Section): string {
  const title = heading === undefined ? "" : `\\section*{${escapeTex(heading)}}\n`;
  return `${title}${blocks.map(renderBlock).join("\n\n")}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return block.note === true
        ? `{\\small\\textcolor{muted}{${escapeTex(block.text)}}\\par}`
        : `${escapeTex(block.text)}\\par`;
    case "verdict":
      return `\\verdict{${block.good ? "good" : "bad"}}{${escapeTex(block.text)}}`;
    case "facts":
      return `\\begin{tabular}{@{}p{0.3\\textwidth}p{0.65\\textwidth}@{}}
${block.entries.map(([name, value]) => `\\textcolor{muted}{${escapeTex(name)}} & ${escapeTex(value)} \\\\`).join("\n")}
\\end{tabular}\\par`;
    case "table":
      return renderTable(block);
    case "figure":
      // In one piece with its caption.
      return `\\begin{minipage}{\\textwidth}
${texChart(block.chart)}

{\\small\\textcolor{muted}{${escapeTex(block.caption)}}}
\\end{minipage}\\par`;
  }
}

/** Rows that a page has room for, with the heads of its columns. */
const rowsPerPage = 40;

/** In pieces that stay whole, each with the heads of its columns. */
function renderTable(table: Block & { kind: "table" }): string {
  const { caption, rows } = table;
  const pieces = Array.from({ length: Math.max(1, Math.ceil(rows.length / rowsPerPage)) }, (_, index) =>
    renderPiece({
      ...table,
      rows: rows.slice(index * rowsPerPage, (index + 1) * rowsPerPage),
      ...(caption !== undefined && index > 0 && { caption: `${caption}, continued` }),
    }),
  );
  return pieces.join("\n\n");
}

function renderPiece({ caption, columns, rows }: Block & { kind: "table" }): string {
  const title = caption === undefined ? "" : `{\\small\\textcolor{muted}{${escapeTex(caption)}}}\\\\*[2pt]\n`;
  return `\\begin{minipage}{\\textwidth}
${title}\\fit{\\begin{tabular}{@{}l${"r".repeat(columns.length - 1)}@{}}
${columns.map((column) => `\\textcolor{muted}{${escapeTex(column)}}`).join(" & ")} \\\\
\\hline
${rows.map((row) => `${row.map(renderCell).join(" & ")} \\\\`).join("\n")}
\\hline
\\end{tabular}}
\\end{minipage}\\par\\medskip`;
}

function renderCell(cell: Cell | string, column: number): string {
  const { text, tone, colour }: Cell = typeof cell === "string" ? { text: cell } : cell;
  const patch = colour === undefined ? "" : `\\patch{series${(colour % seriesColours.length) + 1}}`;
  const plain = column === 0 ? `\\textbf{${escapeTex(text)}}` : escapeTex(text);
  return `${patch}${tone === undefined ? plain : `\\textcolor{${tone}}{${plain}}`}`;
}
