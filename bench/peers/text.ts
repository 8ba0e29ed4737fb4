import { textTable } from "../report/terminal.ts";
import type { CpuResult } from "./cpu.ts";
import { verdicts } from "./limits.ts";
import { disturbances } from "./quiet.ts";
import { type PeersResult, versions } from "./results.ts";
import { cpuTable, sharesTable, type Table, tailsTable, throughputTable, verdictsTable } from "./tables.ts";
import type { TailsResult } from "./tails.ts";

/** The results for a terminal. */
export function renderPeersText(result: PeersResult): string {
  const noise = disturbances(result);
  const limits = verdictsTable(verdicts(result));
  return [
    `${result.machine.cpu}, ${result.machine.cores} cores, ${result.machine.os}; ${result.cores}\n${versions(result).join(", ")}`,
    ...(result.cpu === undefined
      ? []
      : [describeCpu(result.cpu), table(cpuTable(result.cpu)), table(throughputTable(result.cpu))]),
    ...result.tails.flatMap((tails) => [
      describeTails(tails),
      table(tailsTable(tails)),
      table(sharesTable(tails)),
    ]),
    ...(limits.rows.length === 0 ? [] : [table(limits)]),
    ...(noise.length === 0
      ? []
      : [`measure again on a quiet machine:\n${noise.map((line) => `  ${line}`).join("\n")}`]),
    ...result.missing.map((program) => `${program} was not found, and is left out`),
  ].join("\n\n");
}

export function describeCpu({ connections, durationMs, generator, origin, rows }: CpuResult): string {
  const rounds = rows[0]?.rounds.length ?? 0;
  return `CPU per request: closed loop of ${connections} keep-alive connections by the ${generator} generator, ${rounds === 1 ? "one round" : `medians of ${rounds} rounds`} of ${durationMs / 1000} s, before ${origin}`;
}

export function describeTails({ scenario, description, ratePerSecond, durationMs }: TailsResult): string {
  return `Latency, scenario ${scenario}: ${description}; open loop, ${Math.round(ratePerSecond)} requests/s, ${durationMs / 1000} s from a cold start, then ${durationMs / 2000} s more (settled)`;
}

function table({ columns, rows }: Table): string {
  return textTable(columns, rows);
}
