import type { CloudWatchStatistics } from "../cloudwatch/statistics.ts";
import { compareReports, formatRelative, loadDifferences } from "./compare.ts";
import { ms, percent, whole } from "./format.ts";
import { everyone, type Report, type Run, targetShares } from "./report.ts";
import { clusterColumns, clusterRows, instanceColumns, instanceRows } from "./sections/cloudwatch.ts";
import { describeLoad, describeSubject, faults, figures } from "./summary.ts";

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function textTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(Bun.stringWidth(column), ...rows.map((row) => Bun.stringWidth(row[index] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - Bun.stringWidth(cell)));
        return index === 0 ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  return [line(columns), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n");
}

/** The report for a terminal: results, shares and, with a baseline, the difference. */
export function renderText(report: Report, baseline?: Report): string {
  const results = textTable(["cluster", ...figures.map(({ name }) => name)], report.runs.map(figuresOf));
  const shares = report.runs.map(({ cluster, result }) => {
    const each = targetShares(result).map(({ target, share }) => `${target} ${percent(share)}`);
    return `${cluster}: ${each.join("  ") || "the answers named no target"}`;
  });
  const wrong = report.runs.flatMap(faults);
  const [first] = report.runs;
  return [
    `${describeSubject(report)}: ${first === undefined ? "" : describeLoad(first.result)}`,
    results,
    `share per target\n${shares.map((line) => `  ${line}`).join("\n")}`,
    `connections open at once: ${report.runs.map(({ cluster, result }) => `${cluster} ${whole(result.peakConnections)}`).join(", ")}`,
    ...(report.cloudWatch === undefined ? [] : [renderCloudWatch(report.cloudWatch)]),
    ...report.others.map(renderOther),
    ...(report.steps.length === 0 ? [] : [renderSteps(report)]),
    ...(baseline === undefined ? [] : [renderComparison(baseline, report)]),
    ...(wrong.length === 0 ? [] : [wrong.map((line) => `FAILED ${line}`).join("\n")]),
  ].join("\n\n");
}

function renderCloudWatch(statistics: CloudWatchStatistics): string {
  const cpu = instanceRows(statistics);
  return [
    `CloudWatch, ${statistics.from} to ${statistics.to}`,
    textTable(clusterColumns, clusterRows(statistics)),
    ...(cpu.length === 0 ? [] : [textTable(instanceColumns, cpu)]),
  ].join("\n\n");
}

function figuresOf({ cluster, result }: Run): string[] {
  return [cluster, ...figures.map(({ value, format }) => format(value(result)))];
}

function renderOther({ name, runs }: Report["others"][number]): string {
  return textTable([name, ...figures.map((figure) => figure.name)], runs.map(figuresOf));
}

function renderSteps(report: Report): string {
  const rows = everyone(report).flatMap(({ name, steps }) =>
    steps.map(({ cluster, ratePerSecond, failed, p50Us, p99Us }) => [
      name,
      cluster,
      `${ratePerSecond}`,
      ms(p50Us),
      ms(p99Us),
      whole(failed),
    ]),
  );
  return textTable(["latency against load", "cluster", "requests/s", "p50 ms", "p99 ms", "failed"], rows);
}

function renderComparison(baseline: Report, report: Report): string {
  const tables = compareReports(baseline, report).map(({ cluster, differences }) =>
    textTable(
      [cluster, "baseline", "now", "difference", ""],
      differences.map(({ figure, before, now, relative, verdict }) => [
        figure.name,
        figure.format(before),
        figure.format(now),
        formatRelative(relative),
        verdict ?? "",
      ]),
    ),
  );
  if (tables.length === 0) return "against the baseline: it has none of these clusters";
  return [
    `against the baseline of ${baseline.createdAt}`,
    ...loadDifferences(baseline, report),
    ...tables,
  ].join("\n\n");
}
