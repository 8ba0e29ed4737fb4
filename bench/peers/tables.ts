import { ms, percent, whole } from "../report/format.ts";
import type { CpuResult } from "./cpu.ts";
import { holds, type Verdict } from "./limits.ts";
import type { TailsResult } from "./tails.ts";

/** A table for terminal and page alike. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The ratio of the first row, which is ours, to the present one: below 1 ours is the smaller. */
function ratioToFirst<Row>(rows: readonly Row[], figure: (row: Row) => number): (row: Row) => string {
  const [first] = rows;
  return (row) => (first === undefined || row === first ? "" : formatRatio(figure(first) / figure(row)));
}

/** Two digits behind the point, more where they would all be 0. */
function formatRatio(ratio: number): string {
  return ratio < 0.01 ? ratio.toPrecision(1) : ratio.toFixed(2);
}

export function cpuTable({ rows }: CpuResult): Table {
  const ratio = ratioToFirst(rows, ({ median }) => median.cpuUsPerRequest);
  const rangeOf = (values: readonly number[]) =>
    `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`;
  return {
    columns: ["proxy", "CPU µs/request", "lowest–highest", "ours ÷ it", "core busy", "by others"],
    rows: rows.map((row) => [
      row.name,
      row.median.cpuUsPerRequest.toFixed(1),
      rangeOf(row.rounds.map(({ cpuUsPerRequest }) => cpuUsPerRequest)),
      ratio(row),
      percent(row.median.utilization),
      row.median.foreignUtilization === undefined ? "?" : percent(row.median.foreignUtilization),
    ]),
  };
}

export function throughputTable({ rows }: CpuResult): Table {
  const ratio = ratioToFirst(rows, ({ median }) => median.p99Us);
  return {
    columns: ["proxy", "requests/s", "p50 ms", "p99 ms", "ours ÷ it, p99", "bad answers"],
    rows: rows.map((row) => [
      row.name,
      whole(row.median.requestsPerSecond),
      ms(row.median.p50Us),
      ms(row.median.p99Us),
      ratio(row),
      whole(row.bad),
    ]),
  };
}

export function tailsTable({ rows }: TailsResult): Table {
  const coldRatio = ratioToFirst(rows, ({ cold }) => cold.p99Us);
  const settledRatio = ratioToFirst(rows, ({ settled }) => settled.p99Us);
  return {
    columns: [
      ...["proxy", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "ours ÷ it"],
      ...["settled p99 ms", "ours ÷ it", "failed"],
    ],
    rows: rows.map((row) => [
      row.name,
      ms(row.cold.p50Us),
      ms(row.cold.p90Us),
      ms(row.cold.p99Us),
      ms(row.cold.p999Us),
      coldRatio(row),
      ms(row.settled.p99Us),
      settledRatio(row),
      whole(row.cold.failed + row.settled.failed),
    ]),
  };
}

export function sharesTable({ rows }: TailsResult): Table {
  const targets = rows[0]?.shares.map(({ target }) => target) ?? [];
  return {
    columns: ["share of", ...targets],
    rows: rows.map(({ name, shares }) => [
      name,
      ...targets.map((target) => percent(shares.find((entry) => entry.target === target)?.share ?? 0)),
    ]),
  };
}

export function verdictsTable(verdicts: readonly Verdict[]): Table {
  return {
    columns: ["limit", "ratio", "at most", ""],
    rows: verdicts.map((verdict) => [
      verdict.criterion,
      formatRatio(verdict.ratio),
      formatRatio(verdict.limit),
      holds(verdict) ? "met" : "MISSED",
    ]),
  };
}
