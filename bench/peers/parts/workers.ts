import { failure, type Outcome, success } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import type { BenchContext } from "../bench-context.ts";
import { type CoreSplit, describeSplit, moveToOthers, splitForScale } from "../cores.ts";
import { threadCpuMs } from "../cpu-time.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import type { Load } from "../generators/load.ts";
import { nginx } from "../nginx.ts";
import { type Origin, withOrigin } from "../origin.ts";
import type { Peer } from "../peer.ts";
import { fewTargets, inTurns, type PartInput, usualConnections, warmupMs } from "./part.ts";
import { medianRatio } from "./ratio.ts";
import { type Contender, type Running, type Turns, takeTurns, withAll } from "./side-by-side.ts";
import { type CpuFigures, type CpuRow, cpuRow } from "./slice.ts";

const workerCounts = [1, 2] as const;
const mostWorkers = 2;

/** One worker on one core, and two workers on two. */
export interface WorkersResult extends Turns {
  readonly origin: string;
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

interface Variant extends Contender {
  readonly proxy: string;
  readonly workers: number;
  readonly split: CoreSplit;
  /** CPU time of the busiest threads, as many as workers, of all rounds so far. */
  readonly threadMs: number[];
}

/**
 * How many times the requests of one core full of one worker two cores full of two workers answer: 2 × CPU per request
 * with one ÷ CPU per request with two, within each turn. Of CPU time, the proxy's part is told apart from what load and
 * servers take of the same cores; of requests per second it is not.
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
  const { cores } = input.context;
  if (!cores.pinned) return failure(`workers can't be measured: ${cores.why}`);
  const splits = workerCounts.map((workers) => splitForScale(cores.split, workers, mostWorkers));
  try {
    return await withOrigins(input.context, splits, [], async (origins) => {
      const variants = proxies(input).flatMap(({ name, of }) =>
        workerCounts.flatMap((workers, index) => {
          const [split, origin] = [splits[index], origins[index]];
          if (split === undefined || origin === undefined) return [];
          return variantsOf(input, name, of(workers), workers, split, origin);
        }),
      );
      const turns = inTurns(input.durationMs);
      for (let round = 1; round <= input.rounds; round++) {
        const taken = await withAll(variants, (running) => takeRound(running, turns, `round ${round}`));
        if (!taken.ok) return taken;
      }
      return success({
        origin: origins[0]?.description ?? "",
        ...turns,
        rows: variants.map(rowOf),
        speedups: speedupsOf(variants),
      });
    });
  } finally {
    moveToOthers(cores.split);
  }
}

/** Runs `measure` with servers where each split has its load. */
async function withOrigins<T>(
  context: BenchContext,
  [split, ...rest]: readonly CoreSplit[],
  origins: readonly Origin[],
  measure: (origins: readonly Origin[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (split === undefined) return await measure(origins);
  moveToOthers(split);
  return await withOrigin(context, fewTargets, (origin) =>
    withOrigins(context, rest, [...origins, origin], measure),
  );
}

/** One, or none where the proxy is not wanted or not there. */
function variantsOf(
  { context, generator, find }: PartInput,
  proxy: string,
  peer: Peer,
  workers: number,
  split: CoreSplit,
  { targets }: Origin,
): Variant[] {
  const name = `${proxy}, ${workers} worker${workers === 1 ? "" : "s"}`;
  const load = comingFrom(split, closedLoop(generator, workers * usualConnections));
  return find([{ ...peer, name }]).map((subject) => ({
    proxy,
    workers,
    split,
    subject,
    context: { ...context, cores: { pinned: true, split } },
    setup: { targets },
    load,
    // Every worker compiles its code for itself.
    warmups: [{ load, durationMs: workers * warmupMs }],
    slices: [],
    threadMs: [],
  }));
}

/** The load on the cores that this split has for it. */
function comingFrom(split: CoreSplit, load: Load): Load {
  return {
    description: load.description,
    run(url, durationMs, signal) {
      moveToOthers(split);
      return load.run(url, durationMs, signal);
    },
  };
}

async function takeRound(running: Running<Variant>, turns: Turns, name: string): Promise<Outcome<void>> {
  const taken = await takeTurns(running, turns, name);
  for (const [{ workers, threadMs }, { pid }] of running) {
    // Started for this round alone: all that its threads have done they did under this load.
    const busiest = [...threadCpuMs(pid).values()].sort((a, b) => b - a);
    for (let index = 0; index < workers; index++)
      threadMs[index] = (threadMs[index] ?? 0) + (busiest[index] ?? 0);
  }
  return taken;
}

function speedupsOf(variants: readonly Variant[]): Speedup[] {
  return [...Map.groupBy(variants, ({ proxy }) => proxy)].map(([name, [one, two]]) => ({
    name,
    times: speedup(one?.slices ?? [], two?.slices ?? []),
  }));
}

function rowOf({ workers, subject, split, load, slices, threadMs }: Variant): WorkersRow {
  const allMs = threadMs.reduce((sum, ms) => sum + ms, 0);
  return {
    ...cpuRow(subject, slices),
    workers,
    cores: describeSplit(split),
    load: load.description,
    threadShares: threadMs.map((ms) => ms / allMs),
  };
}
