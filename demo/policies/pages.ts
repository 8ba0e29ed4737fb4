import type { Page } from "../../backend/pages/page.ts";
import type { Choice, ServerView } from "./choice.ts";
import type { ChoiceHistory } from "./history.ts";
import { type ShownPolicy, shownPolicies } from "./shown-policies.ts";
import { style } from "./style.ts";

/** What a page shows beside its choice. */
export interface PageContext {
  /** The servers' names, in the order of the config: a name's place decides its colour. */
  readonly servers: readonly string[];
  readonly history: Pick<ChoiceHistory, "latest" | "count">;
  /** Origin of each page's balancer. */
  readonly balancers: ReadonlyMap<string, string>;
  /** How much longer each server is kept busy from here, in ms; 0 when it is not. */
  busyMs(server: string): number;
}

const shownOnCard = 16;

export function startPage(context: PageContext): Page {
  const cards = shownPolicies.map(({ path, title, about }) => {
    const made = context.history.latest(path);
    return `<li>
<h2><a href="/${path}">${escapeHtml(title)}</a></h2>
<p>${escapeHtml(about)}</p>
${made.length === 0 ? "" : choices(made.slice(-shownOnCard), context, `Latest choices by ${title}`, "small")}
<p class="note">Its balancer: ${escapeHtml(context.balancers.get(path) ?? "")}</p>
</li>`;
  });
  return {
    title: "Three policies, two servers",
    style,
    main: `<h1>Three policies, two servers</h1>
<p>Servers ${context.servers.map((server) => chip(server, context)).join(" and ")} stand behind three balancers, each with a policy of its own. Every look at one of these pages sends one request through its balancer.</p>
<ul class="cards">
${cards.join("\n")}
</ul>`,
  };
}

/** What came of one request, which is the last in the history. */
export function resultPage(shown: ShownPolicy, choice: Choice, context: PageContext): Page {
  const { path, title, about } = shown;
  return {
    title: `${title}: ${choice.chosen ?? "nobody"}`,
    style,
    main: `<p><a href="/">Three policies, two servers</a></p>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(about)}</p>
<div class="chosen">
${chip(choice.chosen, context)}
<p>${choice.chosen === undefined ? "No server could be chosen" : `Server <strong id="chosen">${escapeHtml(choice.chosen)}</strong> was chosen`} for request ${context.history.count(path)}; the answer's status is ${choice.status}.</p>
</div>
<div class="actions">
<a class="button next" href="/${path}">Next request</a>
${context.servers.map((server) => busyButton(server, path, context)).join("\n")}
</div>
<h2>The choices so far</h2>
${choices(context.history.latest(path), context, "Choices so far, the latest last")}
<h2>The servers at the moment of the choice</h2>
${serverTable(choice, shown)}
${loadNote(shown)}
<h2>What the server answered</h2>
<iframe title="What the server answered" sandbox srcdoc="${escapeHtml(choice.content)}"></iframe>`,
  };
}

/** No choice could be made at all. */
export function faultPage(shown: ShownPolicy, fault: string): Page {
  return {
    title: `${shown.title}: nobody`,
    style,
    main: `<p><a href="/">Three policies, two servers</a></p>\n<h1>${escapeHtml(shown.title)}</h1>\n<p>${escapeHtml(fault)}</p>`,
  };
}

export function notFoundPage(path: string): Page {
  const known = shownPolicies.map((shown) => `/${shown.path}`).join(", ");
  return {
    title: "No such page",
    style,
    main: `<h1>No such page</h1>\n<p>Found ${escapeHtml(path)}, expected / or one of ${known}.</p>\n<p><a href="/">Three policies, two servers</a></p>`,
  };
}

function chip(server: string | undefined, { servers }: PageContext): string {
  const place = server === undefined ? -1 : servers.indexOf(server);
  return `<span class="server server-${place < 0 ? "none" : place}">${escapeHtml(server ?? "–")}</span>`;
}

function choices(
  made: readonly (string | undefined)[],
  context: PageContext,
  label: string,
  size = "",
): string {
  const items = made.map((server) => `<li>${chip(server, context)}</li>`).join("");
  return `<ol class="history ${size}" aria-label="${escapeHtml(label)}">${items}</ol>`;
}

function serverTable({ servers, chosen }: Choice, { facts }: ShownPolicy): string {
  const rows = servers.map((server) => {
    const cells = [load(server), ...facts.map((fact) => server[fact] ?? "none"), escapeHtml(server.state)];
    const row = `<th scope="row">${escapeHtml(server.id)}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}`;
    return `<tr${server.id === chosen ? ' class="is-chosen"' : ""}>${row}</tr>`;
  });
  const head = ["server", "load", ...facts, "state"].map((name) => `<th scope="col">${name}</th>`);
  return `<div class="scroll"><table>
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function load({ loads }: ServerView): string {
  const text = loads
    .map((percent) => (percent === null ? "none yet" : `${percent.toFixed(2)} %`))
    .join(" or ");
  const widthPercent = Math.min(100, loads.at(-1) ?? 0);
  return `${text}<span class="bar"><span style="width:${widthPercent}%"></span></span>`;
}

function loadNote({ facts }: ShownPolicy): string {
  const source =
    "The load is the server's last answer at /load, as the least-load balancer had it right before and right after this request.";
  const own = facts.includes("score")
    ? " The score is what the balancer compares: the load, and what was sent since that answer."
    : " This policy takes no notice of it.";
  return `<p class="note">${source}${own}</p>`;
}

function busyButton(server: string, path: string, context: PageContext): string {
  const remainingMs = context.busyMs(server);
  const text =
    remainingMs > 0
      ? `${server} is kept busy for ${Math.ceil(remainingMs / 1000)} s more`
      : `Keep ${server} busy for 10 s`;
  return `<form action="/busy" method="post"><input type="hidden" name="server" value="${escapeHtml(server)}"><input type="hidden" name="page" value="${escapeHtml(path)}"><button>${escapeHtml(text)}</button></form>`;
}

function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}
