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
