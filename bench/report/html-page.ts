import type { Chart } from "./chart.ts";
import type { Block, Cell, Document, Section } from "./document.ts";
import { style } from "./style.ts";
import { type ChartSize, drawChart } from "./svg-chart.ts";

const wide: ChartSize = { widthPx: 856, heightPx: 320 };
const narrow: ChartSize = { widthPx: 360, heightPx: 280 };

/** A whole HTML page that needs no other file and no network. */
export function renderHtml({ title, subtitle, sections }: Document): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(subtitle)}</p>
</header>
<main>
${sections.map(renderSection).join("\n")}
</main>
</body>
</html>
`;
}

/** Safe in text and in attribute values. */
function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}

function renderSection({ heading, blocks }: Section): string {
  const title = heading === undefined ? "" : `<h2>${escapeHtml(heading)}</h2>\n`;
  return `<section>\n${title}${blocks.map((block) => renderBlock(block, heading)).join("\n")}\n</section>`;
}

function renderBlock(block: Block, heading = "Overview"): string {
  switch (block.kind) {
    case "text":
      return `<p${block.note === true ? ' class="note"' : ""}>${escapeHtml(block.text)}</p>`;
    case "verdict":
      return `<p class="verdict${block.good ? "" : " failed"}">${escapeHtml(block.text)}</p>`;
    case "facts":
      return `<dl>${block.entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join("\n")}</dl>`;
    case "table":
      return renderTable(block, heading);
    case "figure":
      return renderFigure(block);
  }
}

function renderFigure({ chart, caption }: Block & { kind: "figure" }): string {
  const label = escapeHtml(describeChart(chart));
  const drawn = (width: string, size: ChartSize) =>
    `<div class="${width}" role="img" aria-label="${label}">${drawChart(chart, size)}</div>`;
  return `<figure>
${drawn("wide", wide)}
${drawn("narrow", narrow)}
<figcaption>${escapeHtml(caption)}</figcaption>
</figure>`;
}

/** For those who don't see it: what it is a chart of; the figures themselves stand in tables. */
function describeChart(chart: Chart): string {
  const [shown, along] =
    chart.kind === "lines" ? [chart.lines, chart.x.title] : [chart.series, chart.categories.join(", ")];
  return `Chart of ${chart.y.title}, by ${along}: ${shown.map(({ name }) => name).join(", ")}`;
}

function renderTable({ caption, columns, rows }: Block & { kind: "table" }, heading: string): string {
  const title = caption === undefined ? "" : `<caption><span>${escapeHtml(caption)}</span></caption>`;
  const head = columns.map(renderColumn).join("");
  const body = rows.map((row) => `<tr>${row.map(renderCell).join("")}</tr>`).join("\n");
  const label = escapeHtml(caption ?? heading);
  // Whoever has only a keyboard can scroll what has the focus.
  return `<div class="scroll" role="group" tabindex="0" aria-label="${label}"><table>${title}
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

/** A corner that heads nothing is no heading. */
function renderColumn(title: string): string {
  return title === "" ? "<td></td>" : `<th scope="col">${escapeHtml(title)}</th>`;
}

function renderCell(cell: Cell | string, column: number): string {
  const { text, tone, colour }: Cell = typeof cell === "string" ? { text: cell } : cell;
  const patch =
    colour === undefined
      ? ""
      : `<span class="key" style="background:var(--series-${(colour % 10) + 1})"></span>`;
  const tag = column === 0 ? 'th scope="row"' : "td";
  const tint = tone === undefined ? "" : ` class="${tone}"`;
  return `<${tag}${tint}>${patch}${escapeHtml(text)}</${column === 0 ? "th" : "td"}>`;
}
