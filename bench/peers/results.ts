import type { Report } from "../report/report.ts";
import type { CpuResult } from "./cpu.ts";
import type { TailsResult } from "./tails.ts";

/** What `peers.json` holds. */
export interface PeersResult {
  /** ISO 8601 */
  readonly createdAt: string;
  readonly machine: Report["machine"];
  /** How the cores were shared out, in words. */
  readonly cores: string;
  /** Programs that were not found. */
  readonly missing: readonly string[];
  readonly cpu: CpuResult | undefined;
  readonly tails: readonly TailsResult[];
}

/** Whether every request of every measurement got a good answer. */
export function isSound({ cpu, tails }: PeersResult): boolean {
  return (
    (cpu?.rows ?? []).every(({ bad }) => bad === 0) &&
    tails.every(({ rows }) => rows.every(({ cold, settled }) => cold.failed + settled.failed === 0))
  );
}

/** Each program once, such as `nginx 1.22.1`. */
export function versions({ cpu, tails }: PeersResult): string[] {
  const rows = [...(cpu?.rows ?? []), ...tails.flatMap((result) => result.rows)];
  return [...new Set(rows.map(({ name, version }) => `${name.split(" ")[0]} ${version}`))];
}

const quietUtilization = 0.05;

/** A warning when other programs took so much of the proxy's core in some round that the figures may be off. */
export function disturbance({ rows }: CpuResult): string | undefined {
  const shares = rows.flatMap(({ rounds }) => rounds.map((round) => round.foreignUtilization ?? 0));
  const most = Math.max(0, ...shares);
  if (most <= quietUtilization) return undefined;
  return `other programs took up to ${Math.round(most * 100)} % of the proxy's core: measure again on a quiet machine`;
}
