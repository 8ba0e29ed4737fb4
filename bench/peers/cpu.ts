import { failure, type Outcome, success } from "../outcome.ts";
import type { BenchContext } from "./bench-context.ts";
import { coreBusyMs, treeCpuMs } from "./cpu-time.ts";
import type { Generator } from "./generator.ts";
import { startOrigin } from "./origin.ts";
import { withPeer } from "./running-peer.ts";
import type { InstalledPeer } from "./subjects.ts";

const originTargets = 3;

export interface CpuPlan {
  readonly generator: Generator;
  readonly connections: number;
  readonly rounds: number;
  /** At the start of each round, not counted: a just-in-time compiler has to see the request path. */
  readonly warmupMs: number;
  /** Of one round, without the warm-up. The kernel counts CPU time in steps of 10 ms. */
  readonly durationMs: number;
}

export interface CpuFigures {
  /** User and system time of all processes of the proxy for one answered request. */
  readonly cpuUsPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** How busy the proxy's core was with it, 1 is fully. */
  readonly utilization: number;
  /** How busy the same core was with anything else; undefined when the proxy has no core of its own. */
  readonly foreignUtilization: number | undefined;
}

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

interface Round extends CpuFigures {
  readonly answered: number;
  readonly bad: number;
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
  const measured = new Map<InstalledPeer, Round[]>(subjects.map((subject) => [subject, []]));
  for (let round = 1; round <= plan.rounds; round++) {
    for (const [subject, rounds] of measured) {
      const outcome = await withPeer(context, subject, origin.value.targets, ({ url, pid }) =>
        measureRound(url, pid, plan, context),
      );
      if (!outcome.ok) return outcome;
      rounds.push(outcome.value);
      const { cpuUsPerRequest, requestsPerSecond } = outcome.value;
      context.say(
        `round ${round}: ${subject.peer.name} ${cpuUsPerRequest.toFixed(1)} µs/request, ${Math.round(requestsPerSecond)} requests/s`,
      );
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

async function measureRound(
  url: string,
  pid: number,
  { generator, connections, warmupMs, durationMs }: CpuPlan,
  { cores, signal }: BenchContext,
): Promise<Outcome<Round>> {
  const busyMs = () => (cores.pinned ? coreBusyMs(cores.split.proxy) : undefined);
  await generator.run(url, connections, warmupMs, signal);
  const cpuBeforeMs = treeCpuMs(pid);
  const busyBeforeMs = busyMs();
  const { answered, bad, wallMs, p50Us, p99Us } = await generator.run(url, connections, durationMs, signal);
  const cpuMs = treeCpuMs(pid) - cpuBeforeMs;
  const busyAfterMs = busyMs();
  if (answered === 0) return failure(`${url}: none of ${bad} requests was answered`);
  return success({
    cpuUsPerRequest: (cpuMs * 1000) / answered,
    requestsPerSecond: (answered * 1000) / wallMs,
    p50Us,
    p99Us,
    utilization: cpuMs / wallMs,
    foreignUtilization:
      busyBeforeMs === undefined || busyAfterMs === undefined
        ? undefined
        : // The two clocks tick apart: a little below 0 is 0.
          Math.max(0, (busyAfterMs - busyBeforeMs - cpuMs) / wallMs),
    answered,
    bad,
  });
}

function medianFigures(rounds: readonly CpuFigures[]): CpuFigures {
  const of = (figure: Exclude<keyof CpuFigures, "foreignUtilization">) =>
    median(rounds.map((round) => round[figure]));
  const foreign = rounds.map((round) => round.foreignUtilization).filter((share) => share !== undefined);
  return {
    cpuUsPerRequest: of("cpuUsPerRequest"),
    requestsPerSecond: of("requestsPerSecond"),
    p50Us: of("p50Us"),
    p99Us: of("p99Us"),
    utilization: of("utilization"),
    foreignUtilization: foreign.length === 0 ? undefined : median(foreign),
  };
}

/** Of an even number of values, the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
