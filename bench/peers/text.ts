import { whole } from "../report/format.ts";
import { textTable } from "../report/terminal.ts";
import { verdicts } from "./limits.ts";
import type { Comparison } from "./parts/comparison.ts";
import type { ScaleResult } from "./parts/scale.ts";
import type { TailsResult } from "./parts/tails.ts";
import type { WorkersResult } from "./parts/workers.ts";
import { disturbances } from "./quiet.ts";
import { type PeersResult, versions } from "./results.ts";
import {
  cpuTable,
  scaleTable,
  sharesTable,
  type Table,
  tailsTable,
  throughputTable,
  verdictsTable,
  workersTable,
} from "./tables.ts";

/** The results for a terminal. */
export function renderPeersText(result: PeersResult): string {
  const { machine, cores, comparisons, workers, scale, tails } = result;
  const noise = disturbances(result);
  const limits = verdictsTable(verdicts(result));
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.os}; ${cores}\n${versions(result).join(", ")}`,
    ...comparisons.flatMap((comparison) => [
      `${comparison.heading}: ${describeComparison(comparison)}`,
      table(cpuTable(comparison)),
      table(throughputTable(comparison)),
    ]),
    ...(workers === undefined
      ? []
      : [`Two workers: ${describeWorkers(workers)}`, table(workersTable(workers)), explainSpeedup(workers)]),
    ...(scale === undefined
      ? []
      : [`More to look after: ${describeScale(scale)}`, table(scaleTable(scale)), describeIdle(scale)]),
    ...tails.flatMap((each) => [
      `Latency, scenario ${each.scenario}: ${describeTails(each)}`,
      table(tailsTable(each)),
      table(sharesTable(each)),
    ]),
    ...(limits.rows.length === 0 ? [] : [table(limits)]),
    ...(noise.length === 0
      ? []
      : [`measure again on a quiet machine:\n${noise.map((line) => `  ${line}`).join("\n")}`]),
    ...result.missing.map((what) => `${what} was not found, and what needs it is left out`),
    ...result.skipped,
  ].join("\n\n");
}

export function describeComparison(comparison: Comparison): string {
  const { load, origin } = comparison;
  return `${load}; ${describeTurns(comparison)}; before ${origin}`;
}

export function describeWorkers(workers: WorkersResult): string {
  const { origin, rows } = workers;
  const each = rows.map(({ name, load, cores }) => `${name}: ${load}; ${cores}`).join(". ");
  return `${describeTurns(workers)}; before ${origin}. ${each}`;
}

/** How figures that were taken side by side came about. */
function describeTurns(result: Comparison | WorkersResult | ScaleResult): string {
  const { together, leadInMs, sliceMs, turns, rows } = result;
  const slices = rows[0]?.slices.length ?? 0;
  const shown = slices === 1 ? "one slice" : `medians of ${slices} slices`;
  const order = together ? "with the load on all at once" : "in turns";
  return `all side by side, ${shown} of ${sliceMs / 1000} s ${order}, each behind ${leadInMs / 1000} s that do not count, ratios within each turn, new processes after ${turns}`;
}

export function explainSpeedup({ speedups }: WorkersResult): string {
  const [ours, ...others] = speedups.map(({ name, times }) => `${times.toFixed(2)} times (${name})`);
  const beside = others.length === 0 ? "" : `, beside ${others.join(", ")}`;
  return `Two cores full of two workers answer ${ours} the requests of one core full of one${beside}: 2 × the CPU time of one worker ÷ that of two, the median of the turns. CPU time leaves out what load and servers take of the cores, requests/s do not. "CPU by thread" is how the busiest threads shared the work.`;
}

export function describeScale(scale: ScaleResult): string {
  const { load, origin } = scale;
  return `${load}; ${describeTurns(scale)}; before ${origin}`;
}

export function describeIdle({ bytesPerIdleConnection, idleConnections }: ScaleResult): string {
  const kilobytes = (bytesPerIdleConnection / 1024).toFixed(2);
  return `${kilobytes} KB of resident memory for each of ${whole(idleConnections)} idle connections that have had one answer, opened on a new process`;
}

export function describeTails({ description, ratePerSecond, durationMs }: TailsResult): string {
  return `${description}; open loop, ${Math.round(ratePerSecond)} requests/s, ${durationMs / 1000} s from a cold start, then ${durationMs / 2000} s more (settled)`;
}

function table({ columns, rows }: Table): string {
  return textTable(columns, rows);
}
