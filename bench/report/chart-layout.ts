/** How much room the texts of a chart take; sizes in px. Nothing here can ask a font, so widths are those of a wide one. */

const letterEm = 0.6;
/** Letters that are as wide as they are high. */
const full = /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uff60]/g;

/** Of a text without line breaks. */
export function textWidthPx(text: string, fontPx: number): number {
  const fullCount = text.match(full)?.length ?? 0;
  return ((text.length - fullCount) * letterEm + fullCount) * fontPx;
}

export const legend = { fontPx: 12, itemPx: 22, gapPx: 14, rowPx: 26, leftPx: 60 } as const;

/** Rows that the legend wraps to; none for a single series, which the title names. */
export function legendRows(names: readonly string[], widthPx: number): number {
  if (names.length < 2) return 0;
  let rows = 1;
  let usedPx = 0;
  for (const name of names) {
    // Between the sign and its name are 5 px.
    const entryPx = legend.itemPx + 5 + textWidthPx(name, legend.fontPx) + legend.gapPx;
    if (usedPx > 0 && usedPx + entryPx > widthPx - legend.leftPx) {
      rows++;
      usedPx = 0;
    }
    usedPx += entryPx;
  }
  return rows;
}

/** Of names under bars. */
export const linePx = 14;
/** Lines of letters aslant next to each other need as much. */
const leastWidthPx = 16;
const longestPx = 120;

/** Names under bars. */
export type CategoryLabels =
  /** So wide at most, over several lines. */
  | { readonly kind: "wrapped"; readonly fontPx: number; readonly widthPx: number; readonly heightPx: number }
  /** At 45°, cut at `widthPx`. */
  | { readonly kind: "aslant"; readonly fontPx: number; readonly widthPx: number; readonly heightPx: number }
  /** They are so many that some are left out. */
  | { readonly kind: "some"; readonly fontPx: number; readonly heightPx: number };

/** `widthPx`: of all of them together. */
export function categoryLabels(categories: readonly string[], widthPx: number): CategoryLabels {
  const eachPx = widthPx / categories.length - 6;
  if (eachPx < leastWidthPx) return { kind: "some", fontPx: 12, heightPx: linePx };
  const words = categories.flatMap((name) => name.split(/\s+/));
  const fontPx = [12, 10].find((px) => words.every((word) => textWidthPx(word, px) <= eachPx));
  if (fontPx !== undefined) {
    const lines = Math.max(...categories.map((name) => wrappedLines(name, eachPx, fontPx)));
    return { kind: "wrapped", fontPx, widthPx: eachPx, heightPx: lines * linePx };
  }
  const longest = Math.min(longestPx, Math.max(...categories.map((name) => textWidthPx(name, 10))));
  return { kind: "aslant", fontPx: 10, widthPx: longestPx, heightPx: (longest + linePx) * Math.SQRT1_2 };
}

/** Of a text whose words are all narrow enough. */
function wrappedLines(text: string, widthPx: number, fontPx: number): number {
  let lines = 0;
  for (const part of text.split("\n")) {
    let usedPx = Number.POSITIVE_INFINITY;
    for (const word of part.split(" ")) {
      const wordPx = textWidthPx(`${word} `, fontPx);
      if (usedPx + wordPx > widthPx) {
        lines++;
        usedPx = 0;
      }
      usedPx += wordPx;
    }
  }
  return lines;
}
