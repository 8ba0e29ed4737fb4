import { join } from "node:path";
import { faults } from "../../bench/faults/faults.ts";
import { FaultyServer } from "../../bench/faults/servers.ts";
import { seededRandom } from "../cluster/random.ts";
import type { StatusDocument } from "../observe/status.ts";
import { unusedPort } from "../testing/unused-port.ts";
import { ChaosClients, type ChaosRequest } from "./clients.ts";
import { chaosConfig, targetIdleTimeoutMs } from "./config.ts";
import { type Arrival, readJournals } from "./journal.ts";
import { type Change, planChanges, planRounds, serverCount } from "./plan.ts";
import { playChanges, playRounds, type Span } from "./play.ts";
import { ChangingBalancer, type ProcessUse } from "./subject.ts";

const warmUpMs = 1000;
/** For the traffic to come back to all, once all are sound. */
const recoveryMs = 15_000;
/** Of each server, once all are sound. */
export const enoughArrivals = 5;
const firstRestMs = 400;
const lastRestMs = 2000;

export interface ChaosSetup {
  readonly seed: number;
  readonly edge: "wire" | "serve";
  readonly workers: number;
  /** Of three faults each. */
  readonly rounds: number;
  readonly reloads: number;
  readonly takeovers: number;
}

/** All that was seen of one run. */
export interface ChaosRecord {
  readonly requests: readonly ChaosRequest[];
  readonly arrivals: readonly Arrival[];
  /** Servers that were no targets: from when the config was in force to when the next one was asked for. */
  readonly removals: readonly Span[];
  readonly troubles: readonly Span[];
  /** From when all servers were sound targets again; to when each had traffic, or nobody waited any longer. */
  readonly recovery: Omit<Span, "server" | "what">;
  /** Of the first process after some requests, and of the last one after all of them, its connections closed. */
  readonly before: ProcessUse;
  readonly after: ProcessUse;
  readonly status: StatusDocument;
  readonly log: string;
}

/** Nine servers, a balancer and requests, with all that the seed has happen to them. Ends whatever it has started. */
export async function runChaos(setup: ChaosSetup, directory: string): Promise<ChaosRecord> {
  const random = seededRandom(setup.seed);
  const rounds = planRounds(random, setup.rounds, faults.length);
  const changes = planChanges(random, setup.reloads - 1);
  const journals = Array.from({ length: serverCount }, (_, server) => join(directory, `${server}.journal`));
  for (const journal of journals) await Bun.write(journal, "");
  const servers = await FaultyServer.startAll(serverCount, setup.seed, journals);
  const site = { ...setup, port: unusedPort(), targets: servers };
  const balancer = await ChangingBalancer.start(chaosConfig(site)).catch(async (error) => {
    await killAll(servers);
    throw error;
  });
  let clients: ChaosClients | undefined;
  try {
    const { openFiles } = await leastUse(balancer, firstRestMs);
    clients = new ChaosClients(site.port, setup.seed);
    await Bun.sleep(warmUpMs);
    const { residentMegabytes } = balancer.use;
    const reload = (change?: Change) => balancer.reload(chaosConfig(site, change));
    const trouble = playRounds(rounds, servers);
    const change = playChanges(changes, reload, () => balancer.replace(), setup.takeovers);
    // Whatever becomes of one, the other may still start processes.
    await Promise.allSettled([trouble, change]);
    const [troubles, removals] = await Promise.all([trouble, change]);
    await reload();
    const recovery = await recovered(journals);
    await clients.stop();
    await Bun.sleep(targetIdleTimeoutMs);
    const after = await leastUse(balancer, lastRestMs);
    const status = await statusOf(site.port);
    const arrivals = readJournals(journals);
    const { log } = balancer;
    const before = { openFiles, residentMegabytes };
    return { requests: clients.ended, arrivals, removals, troubles, recovery, before, after, status, log };
  } finally {
    await balancer.stop();
    await clients?.stop();
    await killAll(servers);
  }
}

/** Resolves when each server has had some requests since now, or has had the time for that. */
async function recovered(journals: readonly string[]): Promise<ChaosRecord["recovery"]> {
  const fromMs = Date.now();
  const everyone = () =>
    arrivalsSince(readJournals(journals), fromMs).every((count) => count >= enoughArrivals);
  while (!everyone() && Date.now() < fromMs + recoveryMs) await Bun.sleep(100);
  return { fromMs, untilMs: Date.now() };
}

/** How many requests each server has had from then on. */
export function arrivalsSince(arrivals: readonly Arrival[], fromMs: number): number[] {
  const counts = Array.from({ length: serverCount }, () => 0);
  for (const { server, atMs } of arrivals) if (atMs >= fromMs) counts[server] = (counts[server] ?? 0) + 1;
  return counts;
}

/** What it holds between two checks of its targets. */
async function leastUse(balancer: ChangingBalancer, forMs: number): Promise<ProcessUse> {
  let { openFiles, residentMegabytes } = balancer.use;
  for (const endMs = Date.now() + forMs; Date.now() < endMs; await Bun.sleep(20)) {
    const { use } = balancer;
    openFiles = Math.min(openFiles, use.openFiles);
    residentMegabytes = Math.min(residentMegabytes, use.residentMegabytes);
  }
  return { openFiles, residentMegabytes };
}

async function statusOf(port: number): Promise<StatusDocument> {
  const response = await fetch(`http://127.0.0.1:${port}/status`, { headers: { connection: "close" } });
  return (await response.json()) as StatusDocument;
}

async function killAll(servers: readonly FaultyServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()));
}
