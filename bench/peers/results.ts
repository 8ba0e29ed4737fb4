import type { Report } from "../report/report.ts";
import type { Comparison } from "./parts/comparison.ts";
import type { ScaleResult } from "./parts/scale.ts";
import type { CpuRow } from "./parts/slice.ts";
import type { TailsResult } from "./parts/tails.ts";
import type { WorkersResult } from "./parts/workers.ts";

/** What `peers.json` holds. */
export interface PeersResult {
  /** ISO 8601 */
  readonly createdAt: string;
  readonly machine: Report["machine"];
  /** How the cores were shared out, in words. */
  readonly cores: string;
  /** What was not found, so that a proxy is left out. */
  readonly missing: readonly string[];
  /** Parts that could not be measured here, and why. */
  readonly skipped: readonly string[];
  /** The parts that compare CPU times, in the order of the table of contents. */
  readonly comparisons: readonly Comparison[];
  readonly workers: WorkersResult | undefined;
  readonly scale: ScaleResult | undefined;
  readonly tails: readonly TailsResult[];
}

/** Every row whose CPU time was measured, with the name of its part. */
export function cpuRows({
  comparisons,
  workers,
  scale,
}: PeersResult): readonly (CpuRow & { part: string })[] {
  const of = (part: string, rows: readonly CpuRow[] = []) => rows.map((row) => ({ ...row, part }));
  return [
    ...comparisons.flatMap(({ part, rows }) => of(part, rows)),
    ...of("workers", workers?.rows),
    ...of("scale", scale?.rows),
  ];
}

/** Whether every request of every measurement got a good answer. */
export function isSound(result: PeersResult): boolean {
  return (
    cpuRows(result).every(({ bad }) => bad === 0) &&
    result.tails.every(({ rows }) => rows.every(({ cold, settled }) => cold.failed + settled.failed === 0))
  );
}

/** Each program once, such as `nginx 1.22.1`. */
export function versions(result: PeersResult): string[] {
  const rows = [...cpuRows(result), ...result.tails.flatMap(({ rows }) => rows)];
  const numbered = rows.filter(({ version }) => version !== "");
  return [...new Set(numbered.map(({ name, version }) => `${name.split(/[ ,]/)[0]} ${version}`))];
}
