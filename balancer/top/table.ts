import type { Rates, Snapshot, TargetSnapshot } from "./snapshot.ts";

export interface TableStyle {
  readonly isColoured: boolean;
  /** Lines are cut to this; no limit when left out. */
  readonly columns?: number;
}

const headings = [
  "target",
  "state",
  "score",
  "ewma ms",
  "in flight",
  "req/s",
  "fail/s",
  "share",
  "",
] as const;
const barWidth = 16;

/** Every group with its targets, and how the traffic since `rates` began is shared among them. */
export function topTable(snapshot: Snapshot, rates: Rates, { isColoured, columns }: TableStyle): string[] {
  const groups = Object.entries(snapshot.groups).map(([name, { policy, targets }]) => ({
    title: `${name} · ${policy} · ${targets.filter(isServing).length} of ${targets.length} serving`,
    rows: targetRows(targets, rates.get(name)),
  }));
  const widths = headings.map((heading, index) =>
    Math.max(
      heading.length,
      ...groups.flatMap(({ rows }) => rows.map(({ cells }) => Bun.stringWidth(cells[index] ?? ""))),
    ),
  );
  const paint = isColoured ? coloured : (text: string) => text;
  const lines = groups.flatMap(({ title, rows }) => [
    "",
    paint(cut(title, columns), "bold"),
    paint(cut(aligned(headings, widths), columns), "dim"),
    ...rows.map(({ cells, state }) => paint(cut(aligned(cells, widths), columns), colourOf(state))),
  ]);
  const minutes = snapshot.uptimeSeconds / 60;
  const up = minutes < 1 ? `${snapshot.uptimeSeconds.toFixed(0)} s` : `${minutes.toFixed(0)} min`;
  return [cut(`Ballast ${snapshot.version}, up ${up}`, columns), ...lines];
}

function targetRows(
  targets: readonly TargetSnapshot[],
  rates: ReadonlyMap<string, { requestsPerSecond: number; failuresPerSecond: number }> | undefined,
) {
  const all = [...(rates?.values() ?? [])].reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
  return targets.map((target) => {
    const rate = rates?.get(target.id);
    const share = rate === undefined || all === 0 ? undefined : rate.requestsPerSecond / all;
    return {
      state: target.state,
      cells: [
        target.id,
        target.state,
        figure(target.score),
        figure(target.ewmaMs),
        `${target.inFlight}`,
        figure(rate?.requestsPerSecond),
        figure(rate?.failuresPerSecond),
        share === undefined ? "–" : `${(share * 100).toFixed(0)} %`,
        "█".repeat(Math.round((share ?? 0) * barWidth)),
      ],
    };
  });
}

function isServing({ state }: TargetSnapshot): boolean {
  return state === "healthy" || state === "unknown";
}

/** Three digits or so; a dash for what is not known. */
function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return value === 0
    ? "0"
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2);
}

/** Names to the left, figures to the right. */
function aligned(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => {
      const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - Bun.stringWidth(cell)));
      return index < 2 || index === cells.length - 1 ? cell + space : space + cell;
    })
    .join("  ")
    .trimEnd();
}

/** Names come from elsewhere: no control character of theirs reaches the terminal. */
function cut(line: string, columns: number | undefined): string {
  const printable = line.replace(/\p{Cc}/gu, "?");
  return columns === undefined ? printable : Bun.sliceAnsi(printable, 0, columns);
}

type Paint = "bold" | "dim" | "green" | "yellow" | "red" | "plain";

const codes: Readonly<Record<Paint, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, plain: 0 };

function coloured(text: string, paint: Paint): string {
  return paint === "plain" ? text : `\x1b[${codes[paint]}m${text}\x1b[0m`;
}

function colourOf(state: string): Paint {
  if (state === "healthy") return "green";
  if (state === "unhealthy" || state === "ejected") return "red";
  return state === "draining" ? "yellow" : "plain";
}
