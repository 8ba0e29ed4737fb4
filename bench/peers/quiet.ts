import type { CpuFigures } from "./cpu-round.ts";
import type { PeersResult } from "./results.ts";

const quietUtilization = 0.05;
const quietLagMs = 25;

/** Whether other programs left the proxy's core alone, as far as is known. */
export function isQuiet({ foreignUtilization = 0 }: Pick<CpuFigures, "foreignUtilization">): boolean {
  return foreignUtilization <= quietUtilization;
}

/** What else the machine did while it was measured, so that the figures may be off; empty when nothing was seen. */
export function disturbances({ cpu, tails }: PeersResult): string[] {
  const disturbed = (cpu?.rows ?? []).flatMap(({ name, rounds }) => {
    const worst = Math.max(...rounds.map(({ foreignUtilization = 0 }) => foreignUtilization));
    if (isQuiet({ foreignUtilization: worst })) return [];
    return [`${name}: other programs took up to ${Math.round(worst * 100)} % of its core`];
  });
  const late = tails.flatMap(({ scenario, rows }) =>
    rows.flatMap(({ name, cold, settled }) => {
      const lagMs = Math.max(cold.maxScheduleLagMs, settled.maxScheduleLagMs);
      if (lagMs <= quietLagMs) return [];
      return [`${scenario}, ${name}: the generator was up to ${Math.round(lagMs)} ms late with a request`];
    }),
  );
  return [...disturbed, ...late];
}
