import { ms, percent, whole } from "../report/format.ts";
import { holds, type Verdict } from "./limits.ts";
import type { Comparison } from "./parts/comparison.ts";
import { medianRatio } from "./parts/ratio.ts";
import type { ScaleResult } from "./parts/scale.ts";
import type { CpuFigures, CpuRow } from "./parts/slice.ts";
import type { TailsResult } from "./parts/tails.ts";
import type { WorkersResult } from "./parts/workers.ts";

/** A table for terminal and page alike. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Two digits behind the point, more where they would all be 0. */
function formatRatio(ratio: number): string {
  return ratio > 0 && ratio < 0.01 ? ratio.toPrecision(1) : ratio.toFixed(2);
}

const unknown = "?";
const orUnknown = (value: number | undefined, format: (value: number) => string) =>
  value === undefined ? unknown : format(value);

/** CPU time, how far the slices lie apart, and how full the core was. */
function cpuCells({ median, slices }: CpuRow): string[] {
  const values = slices.map(({ cpuUsPerRequest }) => cpuUsPerRequest);
  return [
    median.cpuUsPerRequest.toFixed(1),
    `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`,
    orUnknown(median.utilization, percent),
    orUnknown(median.foreignUtilization, percent),
  ];
}

export function cpuTable({ unit, rows }: Comparison): Table {
  const [ours] = rows;
  return {
    columns: ["proxy", `CPU µs/${unit}`, "lowest–highest", "core busy", "by others", "ours ÷ it"],
    rows: rows.map((row) => [
      row.name,
      ...cpuCells(row),
      ratioOf(ours, row, ({ cpuUsPerRequest }) => cpuUsPerRequest),
    ]),
  };
}

export function throughputTable({ unit, rows }: Comparison): Table {
  const [ours] = rows;
  const timed = rows.some(({ median }) => median.p99Us !== undefined);
  return {
    columns: ["proxy", `${unit}s/s`, ...(timed ? ["p50 ms", "p99 ms", "ours ÷ it, p99"] : []), "bad answers"],
    rows: rows.map((row) => [
      row.name,
      whole(row.median.requestsPerSecond),
      ...(timed
        ? [
            orUnknown(row.median.p50Us, ms),
            orUnknown(row.median.p99Us, ms),
            ratioOf(ours, row, ({ p99Us }) => p99Us ?? Number.NaN),
          ]
        : []),
      whole(row.bad),
    ]),
  };
}

/** Empty for ours itself; the median of the turns' own ratios, which need not be the ratio of the medians. */
function ratioOf(ours: CpuRow | undefined, row: CpuRow, figure: (slice: CpuFigures) => number): string {
  return ours === undefined || row === ours ? "" : formatRatio(medianRatio(ours.slices, row.slices, figure));
}

export function workersTable({ rows }: WorkersResult): Table {
  return {
    columns: [
      "proxy",
      "CPU µs/request",
      "lowest–highest",
      "cores busy",
      "by others",
      "requests/s",
      "CPU by thread",
      "bad answers",
    ],
    rows: rows.map((row) => {
      const shares = row.threadShares.map(percent).join(" + ");
      const { requestsPerSecond } = row.median;
      return [row.name, ...cpuCells(row), whole(requestsPerSecond), shares, whole(row.bad)];
    }),
  };
}

export function scaleTable({ rows }: ScaleResult): Table {
  return {
    columns: [
      ...["proxy", "CPU µs/request", "lowest–highest", "core busy", "by others"],
      ...["it ÷ first", "bad answers"],
    ],
    rows: rows.map((row, index) => [
      row.name,
      ...cpuCells(row),
      index === 0 ? "" : row.ratio.toFixed(3),
      whole(row.bad),
    ]),
  };
}

export function tailsTable({ rows }: TailsResult): Table {
  const [ours] = rows;
  const ratio = (row: (typeof rows)[number], figures: "cold" | "settled") =>
    ours === undefined || row === ours ? "" : formatRatio(ours[figures].p99Us / row[figures].p99Us);
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
      ratio(row, "cold"),
      ms(row.settled.p99Us),
      ratio(row, "settled"),
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
    columns: ["limit", "measured", "wanted", ""],
    rows: verdicts.map((verdict) => [
      verdict.criterion,
      formatRatio(verdict.value),
      wanted(verdict),
      holds(verdict) ? "met" : "MISSED",
    ]),
  };
}

function wanted({ atLeast, atMost }: Verdict): string {
  if (atLeast === undefined) return atMost === undefined ? "" : `≤ ${formatRatio(atMost)}`;
  return atMost === undefined
    ? `≥ ${formatRatio(atLeast)}`
    : `${formatRatio(atLeast)}–${formatRatio(atMost)}`;
}
