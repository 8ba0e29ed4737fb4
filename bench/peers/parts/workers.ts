import { failure, type Outcome, success } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { type CoreSplit, describeSplit, moveToOthers, splitForScale } from "../cores.ts";
import { threadCpuMs } from "../cpu-time.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import type { Peer, SiteTarget } from "../peer.ts";
import { withPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import { fewTargets, type PartInput, usualConnections, warmedUp } from "./part.ts";
import { medianRatio } from "./ratio.ts";
import {
  type CpuFigures,
  type CpuRound,
  type CpuRow,
  cpuRow,
  describeRound,
  measureRound,
  quietest,
} from "./round.ts";

const workerCounts = [1, 2] as const;
const mostWorkers = 2;

/** One worker on one core, and two workers on two. */
export interface WorkersResult {
  readonly origin: string;
  readonly durationMs: number;
  /** Each proxy's in the order of the number of workers; ours come first. */
  readonly rows: readonly WorkersRow[];
  /** In the order of the proxies. */
  readonly speedups: readonly Speedup[];
}

export interface Speedup {
  /** Of the proxy, whatever its number of workers. */
  readonly name: string;
  /** By {@link speedup}. */
  readonly times: number;
}

export interface WorkersRow extends CpuRow {
  readonly workers: number;
  /** Who ran where, in words. */
  readonly cores: string;
  readonly load: string;
  /** Part of the CPU time that each of the `workers` busiest threads took, of all rounds together. */
  readonly threadShares: readonly number[];
}

interface Variant {
  readonly proxy: string;
  readonly workers: number;
  readonly subject: InstalledPeer;
  readonly split: CoreSplit;
  readonly rounds: WorkersRound[];
}

interface WorkersRound extends CpuRound {
  /** CPU time of the busiest threads, as many as workers. */
  readonly threadMs: readonly number[];
}

/**
 * How many times the requests of one core full of one worker two cores full of two workers answer: 2 × CPU per request
 * with one ÷ CPU per request with two. Of CPU time, the proxy's part is told apart from what load and servers take of
 * the same cores; of requests per second it is not.
 */
function speedup(one: readonly CpuFigures[], two: readonly CpuFigures[]): number {
  return mostWorkers * medianRatio(one, two, ({ cpuUsPerRequest }) => cpuUsPerRequest);
}

/** The other one tells what can be had where processes share nothing. */
function proxies({ balancer, edge }: PartInput): { name: string; of: (workers: number) => Peer }[] {
  return [
    { name: `ballast ${edge}`, of: (workers) => ballast(balancer, { label: edge, edge, workers }) },
    { name: "nginx", of: (workers) => nginx("least_conn", workers) },
  ];
}

/**
 * Twice the workers get twice of all else too: cores, cores of load and servers, and connections. Where there are not
 * enough cores, load and servers run on the proxy's, with one worker as with two; a worker that had a core for itself
 * would be held against two that have none. Needs cores to be pinned to.
 */
export async function measureWorkers(input: PartInput): Promise<Outcome<WorkersResult>> {
  const { context, durationMs } = input;
  const { cores } = context;
  if (!cores.pinned) return failure(`workers can't be measured: ${cores.why}`);
  const variants = proxies(input).flatMap(({ name: proxy, of }) =>
    workerCounts.flatMap((workers): Variant[] => {
      const name = `${proxy}, ${workers} worker${workers === 1 ? "" : "s"}`;
      const split = splitForScale(cores.split, workers, mostWorkers);
      return input
        .find([{ ...of(workers), name }])
        .map((subject) => ({ proxy, workers, subject, split, rounds: [] }));
    }),
  );
  let origin = "";
  try {
    for (let round = 1; round <= input.rounds; round++) {
      for (const variant of variants) {
        const { name } = variant.subject.peer;
        moveToOthers(variant.split);
        const measured = await withOrigin(context, fewTargets, ({ targets, description }) => {
          origin = description;
          return quietest(name, context.say, () => takeRound(input, variant, targets));
        });
        if (!measured.ok) return measured;
        variant.rounds.push(measured.value);
        context.say(`round ${round}: ${name} ${describeRound(measured.value)}`);
      }
    }
  } finally {
    moveToOthers(cores.split);
  }
  return success({
    origin,
    durationMs,
    rows: variants.map((variant) => rowOf(variant, input)),
    speedups: speedupsOf(variants),
  });
}

function speedupsOf(variants: readonly Variant[]): Speedup[] {
  return [...Map.groupBy(variants, ({ proxy }) => proxy)].map(([name, [one, two]]) => ({
    name,
    times: speedup(one?.rounds ?? [], two?.rounds ?? []),
  }));
}

async function takeRound(
  input: PartInput,
  { workers, subject, split }: Variant,
  targets: readonly SiteTarget[],
): Promise<Outcome<WorkersRound>> {
  const context = { ...input.context, cores: { pinned: true, split } } as const;
  const plan = warmedUp(loadFor(workers, input), input.durationMs);
  return await withPeer(context, subject, { targets }, async (running) => {
    const measured = await measureRound(context, running, plan);
    if (!measured.ok) return measured;
    // Started for this round alone: all that its threads have done they did under this load.
    const busiest = [...threadCpuMs(running.pid).values()].sort((a, b) => b - a);
    return success({ ...measured.value, threadMs: busiest.slice(0, workers) });
  });
}

function loadFor(workers: number, { generator }: PartInput) {
  return closedLoop(generator, workers * usualConnections);
}

function rowOf({ workers, subject, split, rounds }: Variant, input: PartInput): WorkersRow {
  const threads = Array.from({ length: workers }, (_, index) =>
    rounds.reduce((sum, { threadMs }) => sum + (threadMs[index] ?? 0), 0),
  );
  const allMs = threads.reduce((sum, ms) => sum + ms, 0);
  return {
    ...cpuRow(subject, rounds),
    workers,
    cores: describeSplit(split),
    load: loadFor(workers, input).description,
    threadShares: threads.map((ms) => ms / allMs),
  };
}
