import { failure, type Outcome, success } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import type { BenchContext } from "../bench-context.ts";
import { describeSplit, moveToOthers, splitAgain } from "../cores.ts";
import { threadCpuMs } from "../cpu-time.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { withOrigin } from "../origin.ts";
import { withPeer } from "../running-peer.ts";
import { fewTargets, type PartInput, usualConnections, warmupMs } from "./part.ts";
import { medianRatio } from "./ratio.ts";
import { type CpuRound, type CpuRow, cpuRow, describeRound, measureRound } from "./round.ts";

const workerCounts = [1, 2] as const;
const proxyCores = 2;

/** One worker and two, each with two cores to run on. */
export interface WorkersResult {
  readonly cores: string;
  readonly load: string;
  readonly origin: string;
  readonly durationMs: number;
  readonly rows: readonly WorkersRow[];
  /** How many times the requests of one worker two can answer, by {@link speedup}. */
  readonly speedup: number;
}

export interface WorkersRow extends CpuRow {
  readonly workers: number;
  /** Part of the CPU time that each of the `workers` busiest threads took, of all rounds together. */
  readonly threadShares: readonly number[];
}

/**
 * 2 × CPU per request with one worker ÷ CPU per request with two: what two full cores answer, by what one full core
 * answers. Requests per second would tell less, since generator and servers take from the same cores.
 */
export function speedup(one: readonly CpuRound[], two: readonly CpuRound[]): number {
  return proxyCores * medianRatio(one, two, ({ cpuUsPerRequest }) => cpuUsPerRequest);
}

/** Needs cores to be pinned to. */
export async function measureWorkers(input: PartInput): Promise<Outcome<WorkersResult>> {
  const { cores } = input.context;
  const split = cores.pinned ? splitAgain(cores.split, proxyCores) : undefined;
  if (!cores.pinned || split === undefined) return failure(`found no ${proxyCores} cores to pin a proxy to`);
  moveToOthers(split);
  try {
    return await measureOnBoth(
      input,
      { ...input.context, cores: { pinned: true, split } },
      describeSplit(split),
    );
  } finally {
    moveToOthers(cores.split);
  }
}

async function measureOnBoth(
  input: PartInput,
  context: BenchContext,
  cores: string,
): Promise<Outcome<WorkersResult>> {
  const { balancer, edge, generator, durationMs, rounds } = input;
  const load = closedLoop(generator, usualConnections);
  const plan = { load, warmups: [{ load, durationMs: warmupMs }], durationMs };
  const variants = workerCounts.flatMap((workers) => {
    const label = `${edge}, ${workers} worker${workers === 1 ? "" : "s"}`;
    return input.find([ballast(balancer, { label, edge, workers })]).map((subject) => ({
      workers,
      subject,
      own: [] as CpuRound[],
      threadMs: new Array<number>(workers).fill(0),
    }));
  });
  return await withOrigin(context, fewTargets, async ({ targets, description }) => {
    for (let round = 1; round <= rounds; round++) {
      for (const { workers, subject, own, threadMs } of variants) {
        const outcome = await withPeer(context, subject, { targets }, async (running) => {
          const measured = await measureRound(context, running, plan);
          // Started for this round alone: all that its threads have done they did under this load.
          const busiest = [...threadCpuMs(running.pid).values()].sort((a, b) => b - a).slice(0, workers);
          for (const [index, ms] of busiest.entries()) threadMs[index] = (threadMs[index] ?? 0) + ms;
          return measured;
        });
        if (!outcome.ok) return outcome;
        own.push(outcome.value);
        context.say(`round ${round}: ${subject.peer.name} ${describeRound(outcome.value)}`);
      }
    }
    const rows = variants.map(({ workers, subject, own, threadMs }) => {
      const allMs = threadMs.reduce((sum, ms) => sum + ms, 0);
      return { ...cpuRow(subject, own), workers, threadShares: threadMs.map((ms) => ms / allMs) };
    });
    const [one, two] = variants;
    return success({
      cores,
      load: load.description,
      origin: description,
      durationMs,
      rows,
      speedup: speedup(one?.own ?? [], two?.own ?? []),
    });
  });
}
