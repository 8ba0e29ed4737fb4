/** Colours of the series on white paper, as hexadecimal digits. */
export const seriesColours = [
  "2563A8",
  "C2600A",
  "2C8A5B",
  "8E4EC6",
  "B5304A",
  "0F8296",
  "85651D",
  "5A6B85",
  "C0388E",
  "6A7D14",
] as const;

const light = seriesColours.map((hex, index) => `--series-${index + 1}: #${hex};`).join(" ");

/** The colours that charts are drawn with, as variables: in light, and in dark where the reader has that. */
export const colourRules = `:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f7f8fa; --text: #1b1f26; --muted: #5d6675; --rule: #dfe3e9;
  --good: #1a7f4b; --bad: #b3261e;
  ${light}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1b1f26; --text: #e6e9ee; --muted: #9aa4b2; --rule: #2e343d;
    --good: #5cc48d; --bad: #f28b82;
    --series-1: #6ca6e8; --series-2: #f0a254; --series-3: #63c192; --series-4: #c296ee; --series-5: #ee7f93;
    --series-6: #52c0d3; --series-7: #cfae62; --series-8: #9fb0ca; --series-9: #ec84c6; --series-10: #b0c45a;
  }
}`;

/** The style sheet of every report page: from a phone's width up to print. */
export const style = `
${colourRules}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 56rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header { border-bottom: 2px solid var(--text); padding-bottom: 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 0.4rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.75rem 0 0.5rem; }
p { margin: 0 0 0.9rem; max-width: 44rem; }
header p, .note, figcaption, caption { color: var(--muted); }
header p { margin: 0; }
.note, figcaption, caption { font-size: 0.875rem; }
figure { margin: 1rem 0 1.75rem; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: 0.25rem; max-width: 44rem; }
figure .narrow { display: none; }
.scroll { overflow-x: auto; margin: 1rem 0 1.5rem; }
.scroll:focus-visible { outline: 2px solid var(--series-1); outline-offset: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.4rem; }
caption span { display: block; position: sticky; left: 0; max-width: min(44rem, calc(100vw - 2rem)); }
th, td { padding: 0.4rem 0.75rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th, thead td { color: var(--muted); font-weight: 500; border-bottom-color: var(--muted); }
tbody th { font-weight: 600; white-space: normal; min-width: 7.5rem; }
.key { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 2px; margin-right: 0.5em; }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
.verdict { border-left: 4px solid var(--good); background: var(--panel); padding: 0.75rem 1rem; }
.verdict.failed { border-left-color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.5rem; margin: 0; font-size: 0.9375rem; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  table { font-size: 0.875rem; }
  th, td { padding: 0.35rem 0.45rem; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.5rem; }
}
@media print { body { max-width: none; } h2 { break-after: avoid; } figure, table { break-inside: avoid; } }
`;
