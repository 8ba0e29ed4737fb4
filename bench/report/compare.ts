import type { Report, Run } from "./report.ts";
import { describeLoad, type Figure, figures } from "./summary.ts";

export interface Difference {
  readonly figure: Figure;
  readonly before: number;
  readonly now: number;
  /** `(now − before) ÷ before`; undefined when `before` is 0. */
  readonly relative: number | undefined;
  /** Undefined for changes of up to 5 %: two runs of the same load differ by as much. */
  readonly verdict: "better" | "worse" | undefined;
}

export interface RunComparison {
  readonly cluster: string;
  readonly differences: readonly Difference[];
}

const noise = 0.05;

/** Compares the clusters that both reports have, by name. */
export function compareReports(baseline: Report, report: Report): RunComparison[] {
  return report.runs.flatMap((run) => {
    const before = baseline.runs.find(({ cluster }) => cluster === run.cluster);
    return before === undefined ? [] : [{ cluster: run.cluster, differences: compareRuns(before, run) }];
  });
}

/** A sentence for each cluster that was measured with another load than now. */
export function loadDifferences(baseline: Report, report: Report): string[] {
  return report.runs.flatMap(({ cluster, result }) => {
    const before = baseline.runs.find((run) => run.cluster === cluster);
    if (before === undefined || describeLoad(before.result) === describeLoad(result)) return [];
    return [`${cluster} was measured with ${describeLoad(before.result)}; now with ${describeLoad(result)}.`];
  });
}

function compareRuns(baseline: Run, run: Run): Difference[] {
  return figures
    .filter(({ better }) => better !== "none")
    .map((figure) => {
      const before = figure.value(baseline.result);
      const now = figure.value(run.result);
      const relative = before === 0 ? undefined : (now - before) / before;
      return { figure, before, now, relative, verdict: judge(figure, before, now) };
    });
}

function judge(figure: Figure, before: number, now: number): Difference["verdict"] {
  if (Math.abs(now - before) <= Math.abs(before) * noise) return undefined;
  return now > before === (figure.better === "more") ? "better" : "worse";
}

/** `+12.3 %`; a dash when there is nothing to relate to. */
export function formatRelative(relative: number | undefined): string {
  if (relative === undefined) return "—";
  return `${relative > 0 ? "+" : relative < 0 ? "−" : "±"}${Math.abs(relative * 100).toFixed(1)} %`;
}
