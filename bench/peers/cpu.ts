import { type Outcome, success } from "../outcome.ts";
import type { BenchContext } from "./bench-context.ts";
import { type CpuFigures, type CpuPlan, type CpuRound, describeRound, quietestRound } from "./cpu-round.ts";
import { startOrigin } from "./origin.ts";
import type { InstalledPeer } from "./subjects.ts";

const originTargets = 3;

export interface CpuRow {
  readonly name: string;
  readonly version: string;
  readonly rounds: readonly CpuFigures[];
  /** Of each figure over the rounds. */
  readonly median: CpuFigures;
  readonly answered: number;
  /** Requests without an answer, or with a bad one. */
  readonly bad: number;
}

export interface CpuResult {
  readonly origin: string;
  readonly generator: string;
  readonly connections: number;
  readonly durationMs: number;
  readonly rows: readonly CpuRow[];
}

/**
 * CPU time per request of each proxy, one after the other in every round (A B C, A B C), started anew each time,
 * before servers that answer at once.
 */
export async function measureCpu(
  context: BenchContext,
  subjects: readonly InstalledPeer[],
  plan: CpuPlan,
): Promise<Outcome<CpuResult>> {
  const origin = await startOrigin(context, originTargets);
  if (!origin.ok) return origin;
  const measured = new Map<InstalledPeer, CpuRound[]>(subjects.map((subject) => [subject, []]));
  for (let round = 1; round <= plan.rounds; round++) {
    for (const [subject, rounds] of measured) {
      const outcome = await quietestRound(context, subject, origin.value.targets, plan);
      if (!outcome.ok) return outcome;
      rounds.push(outcome.value);
      context.say(`round ${round}: ${subject.peer.name} ${describeRound(outcome.value)}`);
    }
  }
  return success({
    origin: origin.value.description,
    generator: plan.generator.name,
    connections: plan.connections,
    durationMs: plan.durationMs,
    rows: [...measured].map(([{ peer, version }, rounds]) => ({
      name: peer.name,
      version,
      rounds,
      median: medianFigures(rounds),
      answered: rounds.reduce((sum, { answered }) => sum + answered, 0),
      bad: rounds.reduce((sum, { bad }) => sum + bad, 0),
    })),
  });
}

function medianFigures(rounds: readonly CpuFigures[]): CpuFigures {
  const of = (figure: Exclude<keyof CpuFigures, "foreignUtilization">) =>
    median(rounds.map((round) => round[figure]));
  const shares = rounds.map((round) => round.foreignUtilization).filter((share) => share !== undefined);
  return {
    cpuUsPerRequest: of("cpuUsPerRequest"),
    requestsPerSecond: of("requestsPerSecond"),
    p50Us: of("p50Us"),
    p99Us: of("p99Us"),
    utilization: of("utilization"),
    foreignUtilization: shares.length === 0 ? undefined : median(shares),
  };
}

/** Of an even number of values, the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
