import type { ChartSize } from "./charts.ts";
import { style } from "./style.ts";

const wide: ChartSize = { widthPx: 856, heightPx: 320 };
const narrow: ChartSize = { widthPx: 360, heightPx: 280 };

export interface Cell {
  readonly text: string;
  /** Better or worse than it should be. */
  readonly tone?: "good" | "bad";
  /** A patch of this series colour before the text, the legend of the charts. */
  readonly colour?: number;
}

/** What a section is made of; all texts are plain, the page escapes them. */
export type Block =
  | { readonly kind: "text"; readonly text: string; readonly note?: boolean }
  | { readonly kind: "verdict"; readonly text: string; readonly good: boolean }
  | { readonly kind: "facts"; readonly entries: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: "table";
      readonly caption?: string;
      readonly columns: readonly string[];
      /** As many cells as columns; the first one is the row's heading. */
      readonly rows: readonly (readonly (Cell | string)[])[];
    }
  | {
      readonly kind: "figure";
      readonly caption: string;
      /** Called once for wide and once for narrow screens; returns SVG, which is not escaped. */
      readonly draw: (size: ChartSize) => string;
    };

export interface Section {
  /** Absent for what stands right below the page's title. */
  readonly heading?: string;
  readonly blocks: readonly Block[];
}

/** A whole HTML page that needs no other file and no network. */
export function renderPage(title: string, sections: readonly Section[], subtitle = ""): string {
  const intro = subtitle === "" ? "" : `\n<p>${escapeHtml(subtitle)}</p>`;
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
<h1>${escapeHtml(title)}</h1>${intro}
</header>
<main>
${sections.map(renderSection).join("\n")}
</main>
</body>
</html>
`;
}

/** Safe in text and in attribute values. */
export function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}

function renderSection({ heading, blocks }: Section): string {
  const title = heading === undefined ? "" : `<h2>${escapeHtml(heading)}</h2>\n`;
  return `<section>\n${title}${blocks.map(renderBlock).join("\n")}\n</section>`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p${block.note === true ? ' class="note"' : ""}>${escapeHtml(block.text)}</p>`;
    case "verdict":
      return `<p class="verdict${block.good ? "" : " failed"}">${escapeHtml(block.text)}</p>`;
    case "facts":
      return `<dl>${block.entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join("\n")}</dl>`;
    case "table":
      return renderTable(block);
    case "figure":
      return `<figure>
<div class="wide">${block.draw(wide)}</div>
<div class="narrow">${block.draw(narrow)}</div>
<figcaption>${escapeHtml(block.caption)}</figcaption>
</figure>`;
  }
}

function renderTable({ caption, columns, rows }: Block & { kind: "table" }): string {
  const title = caption === undefined ? "" : `<caption>${escapeHtml(caption)}</caption>`;
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map(renderCell).join("")}</tr>`).join("\n");
  return `<div class="scroll"><table>${title}
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
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
