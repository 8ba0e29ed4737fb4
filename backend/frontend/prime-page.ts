import type { Page } from "../pages/page.ts";
import { pageSize, type Verdict } from "./ask-balancer.ts";

const perRow = 10;

/** The two colours are asked for; black is legible on all three. */
const colours = { prime: "#00ff00", composite: "#ff0000", failed: "#9a9a9a" } as const;
const words = { prime: "prime", composite: "not prime", failed: "failed" } as const;

const style = `
nav { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; margin: 1rem 0; }
nav form { display: flex; gap: 0.4rem; align-items: center; flex-wrap: wrap; }
nav input { width: 11.5rem; }
table { border-collapse: separate; border-spacing: 3px; width: 100%; table-layout: fixed; margin: 0 -3px; }
td {
  height: 3.1rem; padding: 0.15rem; text-align: center; border-radius: 4px; color: #000000; overflow-wrap: anywhere; line-height: 1.15;
  font-size: 0.95rem; font-variant-numeric: tabular-nums;
}
td.prime { font-weight: 700; }
td.failed { font-style: italic; text-decoration: line-through; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0; list-style: none; margin: 0.8rem 0; }
.key { display: inline-block; width: 1em; height: 1em; border-radius: 3px; margin-right: 0.4em; vertical-align: -0.12em; }
.key.prime { background: lime; } .key.composite { background: red; } .key.failed { background: ${colours.failed}; }
@media (max-width: 40rem) {
  table { border-spacing: 2px; margin: 0 -2px; } td { font-size: 0.72rem; height: 2.3rem; padding: 0.1rem; }
}
`;

/** Ten rows of ten, `first` being the first number; `tookMs`: until the last answer. */
export function primePage(first: number, verdicts: readonly Verdict[], tookMs: number): Page {
  const last = verdicts.at(-1)?.n ?? "";
  const counts = (kind: Verdict["kind"]) => verdicts.filter((verdict) => verdict.kind === kind).length;
  const rows = Array.from({ length: Math.ceil(verdicts.length / perRow) }, (_, row) =>
    verdicts.slice(row * perRow, (row + 1) * perRow),
  );
  const legend = (["prime", "composite", "failed"] as const)
    .map((kind) => `<li><span class="key ${kind}"></span>${counts(kind)} ${words[kind]}</li>`)
    .join("\n");
  return {
    title: `Primes from ${first} to ${last}`,
    style,
    main: `<h1>Primes from ${first} to ${last}</h1>
${navigation(first)}
<table aria-label="The numbers from ${first} to ${last}, ten a row">
<tbody>
${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}
</tbody>
</table>
<ul class="legend">
${legend}
</ul>
<p class="note">${pageSize} requests at once to the balancer, answered in ${Math.round(tookMs)} ms${answeredBy(verdicts)}.</p>
${failures(verdicts)}`,
  };
}

/** For a number that is none: one sentence says why. */
export function badNumberPage(fault: string): Page {
  return {
    title: "No such page of primes",
    style,
    main: `<h1>No such page of primes</h1>\n<p>${Bun.escapeHTML(fault)}.</p>\n<nav aria-label="Other numbers">\n${form("")}\n</nav>`,
  };
}

function navigation(first: number): string {
  const before = Math.max(0, first - pageSize);
  const after = first + pageSize;
  return `<nav aria-label="Other numbers">
${first === 0 ? "" : `<a class="button" href="/${before}" rel="prev">← from ${before}</a>`}
${Number.isSafeInteger(after) ? `<a class="button" href="/${after}" rel="next">from ${after} →</a>` : ""}
${form(String(first))}
</nav>`;
}

function form(value: string): string {
  return `<form action="/" method="get"><label for="n">begin at</label> <input id="n" name="n" value="${value}" inputmode="numeric" autocomplete="off"> <button>Show</button></form>`;
}

function cell(verdict: Verdict): string {
  const { kind, n } = verdict;
  const word = kind === "failed" ? `failed: ${verdict.reason}` : words[kind];
  const label = Bun.escapeHTML(`${n}, ${word}`);
  return `<td class="${kind}" style="background:${colours[kind]}" aria-label="${label}" title="${label}">${n}</td>`;
}

/** How the answers are shared out, where the balancer tells. */
function answeredBy(verdicts: readonly Verdict[]): string {
  const shares = new Map<string, number>();
  for (const verdict of verdicts) {
    if (verdict.kind === "failed" || verdict.target === undefined) continue;
    shares.set(verdict.target, (shares.get(verdict.target) ?? 0) + 1);
  }
  const texts = [...shares].sort(([a], [b]) => a.localeCompare(b)).map(([id, count]) => `${count} by ${id}`);
  return texts.length === 0 ? "" : `: ${Bun.escapeHTML(texts.join(", "))}`;
}

/** Each reason once, with how many it stopped; most reasons quote the number. */
function failures(verdicts: readonly Verdict[]): string {
  const reasons = new Map<string, number>();
  for (const verdict of verdicts) {
    if (verdict.kind !== "failed") continue;
    const reason = verdict.reason.replaceAll(verdict.n, "<n>");
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (reasons.size === 0) return "";
  const items = [...reasons].map(([reason, count]) => `<li>${count}: ${Bun.escapeHTML(reason)}</li>`);
  return `<h2>What failed</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
}
