import { failure, type Outcome, success } from "../../outcome.ts";
import { type BallastOptions, ballast } from "../ballast.ts";
import type { BenchContext } from "../bench-context.ts";
import { withCoreOrigin } from "../core-origin.ts";
import { type CoreSplit, describeSplit, moveToOthers, splitForScale } from "../cores.ts";
import { threadCpuMs } from "../cpu-time.ts";
import { closedLoop, type GeneratorName } from "../generators/closed-loop.ts";
import type { Load, Sample } from "../generators/load.ts";
import { nginx } from "../nginx.ts";
import type { Origin } from "../origin.ts";
import type { Peer } from "../peer.ts";
import { fewTargets, inTurns, type PartInput, usualConnections, warmupMs } from "./part.ts";
import { medianRatio } from "./ratio.ts";
import { type Contender, type Running, type Turns, takeTurns, withAll } from "./side-by-side.ts";
import { type CpuFigures, type CpuRow, cpuRow } from "./slice.ts";

const mostWorkers = 2;

/** One worker on one core, and two workers on two. */
export interface WorkersResult extends Turns {
  readonly origin: string;
  /** Each proxy's in the order of the number of workers; ours come first. */
  readonly rows: readonly WorkersRow[];
  /** Of each row with more workers than one, in the same order. */
  readonly speedups: readonly Speedup[];
}

export interface Speedup {
  /** Of the row. */
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

/** Of each proxy, the first one is what the others are held against. */
interface Candidate {
  readonly proxy: string;
  readonly workers: number;
  readonly peer: Peer;
}

/** Where a number of workers is measured. */
interface Place {
  readonly split: CoreSplit;
  readonly origin: Origin;
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

/** nginx tells what can be had where processes share nothing. */
function candidates({ balancer, edge }: PartInput): readonly Candidate[] {
  const proxy = `ballast ${edge}`;
  const ours = (options: Omit<BallastOptions, "label">, name: string) =>
    ballast(balancer, { label: `${edge}, ${name}`, edge, ...options });
  return [
    { proxy, workers: 1, peer: ours({ workers: 1 }, "1 worker") },
    { proxy, workers: 2, peer: ours({ workers: 2, pinWorkers: true }, "2 workers, pinned") },
    { proxy, workers: 2, peer: ours({ workers: 2 }, "2 workers") },
    { proxy: "nginx", workers: 1, peer: { ...nginx("least_conn"), name: "nginx, 1 worker" } },
    { proxy: "nginx", workers: 2, peer: { ...nginx("least_conn", 2), name: "nginx, 2 workers" } },
  ];
}

/**
 * Twice the workers get twice of all else too: cores, each with a server and a load of its own. Where there are not enough cores, load
 * and servers run on the proxy's, with one worker as with two; a worker that had a core for itself would be held
 * against two that have none. Needs cores to be pinned to.
 */
export async function measureWorkers(input: PartInput): Promise<Outcome<WorkersResult>> {
  const { cores } = input.context;
  if (!cores.pinned) return failure(`workers can't be measured: ${cores.why}`);
  const { split } = cores;
  try {
    return await withPlaces(input.context, split, [], async (places) => {
      const variants = candidates(input).flatMap((candidate) => variantsOf(input, candidate, places));
      const turns = inTurns(input.durationMs);
      for (let round = 1; round <= input.rounds; round++) {
        const taken = await withAll(variants, (running) => takeRound(running, turns, `round ${round}`));
        if (!taken.ok) return taken;
      }
      return success({
        origin: places[0]?.origin.description ?? "",
        ...turns,
        rows: variants.map(rowOf),
        speedups: speedupsOf(variants),
      });
    });
  } finally {
    moveToOthers(split);
  }
}

/** Runs `measure` with servers where one worker, two, and so on have their load. */
async function withPlaces<T>(
  context: BenchContext,
  all: CoreSplit,
  places: readonly Place[],
  measure: (places: readonly Place[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (places.length === mostWorkers) return await measure(places);
  const split = splitForScale(all, places.length + 1, mostWorkers);
  moveToOthers(split);
  return await withCoreOrigin(context, fewTargets, (origin) =>
    withPlaces(context, all, [...places, { split, origin }], measure),
  );
}

/** One, or none where the proxy is not wanted or not there. */
function variantsOf(
  { context, generator, find }: PartInput,
  { proxy, workers, peer }: Candidate,
  places: readonly Place[],
): Variant[] {
  const place = places[workers - 1];
  if (place === undefined) return [];
  const { split, origin } = place;
  const load = loadOn(split, generator);
  return find([peer]).map((subject) => ({
    proxy,
    workers,
    split,
    subject,
    context: { ...context, cores: { pinned: true, split } },
    setup: { targets: origin.targets },
    load,
    // Every worker compiles its code for itself.
    warmups: [{ load, durationMs: workers * warmupMs }],
    slices: [],
    threadMs: [],
  }));
}

/** The usual load from each core that this split has for it; the own generator's, which is one process, from all of them at once. */
function loadOn(split: CoreSplit, generator: GeneratorName): Load {
  const { others } = split;
  if (generator === "wrk") return oneFromEach(split, closedLoop(generator, usualConnections));
  const load = closedLoop(generator, others.length * usualConnections);
  return {
    ...load,
    run(url, durationMs, signal) {
      moveToOthers(split);
      return load.run(url, durationMs, signal);
    },
  };
}

function oneFromEach(split: CoreSplit, load: Load): Load {
  const { others } = split;
  const times = others.length === 1 ? "" : `${others.length} × `;
  return {
    description: `${times}${load.description}`,
    async run(url, durationMs, signal) {
      const samples = others.map((core) => {
        moveToOthers({ ...split, others: [core] });
        return load.run(url, durationMs, signal);
      });
      moveToOthers(split);
      return together(await Promise.all(samples));
    },
  };
}

/** Of loads that ran at the same time. */
function together(samples: readonly Sample[]): Sample {
  const sum = (of: "answered" | "bad") => samples.reduce((total, sample) => total + sample[of], 0);
  const [only] = samples;
  return {
    answered: sum("answered"),
    bad: sum("bad"),
    wallMs: Math.max(...samples.map(({ wallMs }) => wallMs)),
    latency: samples.length === 1 ? only?.latency : undefined,
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
  return [...Map.groupBy(variants, ({ proxy }) => proxy).values()].flatMap(([one, ...more]) =>
    more.map(({ subject, slices }) => ({
      name: subject.peer.name,
      times: speedup(one?.slices ?? [], slices),
    })),
  );
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
