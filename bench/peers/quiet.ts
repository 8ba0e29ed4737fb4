import type { CpuFigures } from "./parts/slice.ts";
import { cpuRows, type PeersResult } from "./results.ts";

const quietUtilization = 0.05;
const quietLagMs = 25;

/** Whether other programs left the proxy's core alone, as far as is known. */
export function isQuiet({ foreignUtilization = 0 }: Pick<CpuFigures, "foreignUtilization">): boolean {
  return foreignUtilization <= quietUtilization;
}

/** What else the machine did while it was measured, so that the figures may be off; empty when nothing was seen. */
export function disturbances(result: PeersResult): string[] {
  const disturbed = cpuRows(result).flatMap(({ part, name, slices }) => {
    const worst = Math.max(...slices.map(({ foreignUtilization = 0 }) => foreignUtilization));
    if (isQuiet({ foreignUtilization: worst })) return [];
    return [`${part}, ${name}: other programs took up to ${Math.round(worst * 100)} % of its core`];
  });
  const late = result.tails.flatMap(({ scenario, rows }) =>
    rows.flatMap(({ name, cold, settled }) => {
      const lagMs = Math.max(cold.maxScheduleLagMs, settled.maxScheduleLagMs);
      if (lagMs <= quietLagMs) return [];
      return [`${scenario}, ${name}: the generator was up to ${Math.round(lagMs)} ms late with a request`];
    }),
  );
  return [...disturbed, ...late];
}
