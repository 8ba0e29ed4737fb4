import { faults } from "../../bench/faults/faults.ts";
import type { FaultyServer } from "../../bench/faults/servers.ts";
import type { Change, PlannedFault, Round } from "./plan.ts";

const betweenReloadsMs = 120;

/** When something was the case with a server; times as `Date.now()`. */
export interface Span {
  /** From 0 on. */
  readonly server: number;
  readonly what: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One round after the other; resolves with the times of trouble, when all servers are sound. */
export async function playRounds(
  rounds: readonly Round[],
  servers: readonly FaultyServer[],
): Promise<readonly Span[]> {
  const spans: Span[] = [];
  for (const round of rounds)
    spans.push(...(await Promise.all(round.map((planned) => playFault(planned, servers)))));
  return spans;
}

async function playFault(
  { server: index, fault: kind, beginMs, lengthMs }: PlannedFault,
  servers: readonly FaultyServer[],
): Promise<Span> {
  const server = servers[index];
  const fault = faults[kind];
  if (server === undefined || fault === undefined)
    throw new Error(`the plan has no server ${index} or fault ${kind}`);
  await Bun.sleep(beginMs);
  const fromMs = Date.now();
  await fault.begin(server);
  await Bun.sleep(lengthMs);
  await fault.end(server);
  return { server: index, what: fault.name, fromMs, untilMs: Date.now() };
}

/**
 * One change after the other, with the program replaced so many times in between; resolves with the times at which servers were
 * no targets: from when that was in force to when the next change was asked for.
 */
export async function playChanges(
  changes: readonly Change[],
  reload: (change: Change) => Promise<void>,
  replace: () => Promise<void>,
  takeovers: number,
): Promise<readonly Span[]> {
  const spans: Span[] = [];
  const each = Math.ceil(changes.length / (takeovers + 1));
  for (const [index, change] of changes.entries()) {
    if (index > 0 && index % each === 0) await replace();
    await reload(change);
    const fromMs = Date.now();
    await Bun.sleep(betweenReloadsMs);
    const untilMs = Date.now();
    for (const server of change.removed) spans.push({ server, what: "removed", fromMs, untilMs });
  }
  return spans;
}
