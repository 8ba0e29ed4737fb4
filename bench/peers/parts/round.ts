import { failure, type Outcome, success } from "../../outcome.ts";
import type { BenchContext } from "../bench-context.ts";
import { treeCpuMs } from "../cpu-time.ts";
import { watchForeignTime } from "../foreign-time.ts";
import type { Load } from "../generators/load.ts";
import { isQuiet } from "../quiet.ts";
import type { RunningPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import { median } from "./ratio.ts";

const maxTries = 3;

export interface RoundPlan {
  readonly load: Load;
  /** One after the other before each round, not counted: a just-in-time compiler has to see the request path. */
  readonly warmups: readonly { readonly load: Load; readonly durationMs: number }[];
  /** Without the warm-up. The kernel counts CPU time in steps of 10 ms. */
  readonly durationMs: number;
}

export interface CpuFigures {
  /** User and system time of all processes of the proxy for one answered request. */
  readonly cpuUsPerRequest: number;
  readonly requestsPerSecond: number;
  /** Latencies are undefined when the generator tells none. */
  readonly p50Us: number | undefined;
  readonly p99Us: number | undefined;
  /** How busy the proxy's cores were with it, 1 is fully; undefined when it isn't pinned to any. */
  readonly utilization: number | undefined;
  /** How busy the same cores were with what is no part of the benchmark; undefined when it isn't pinned. */
  readonly foreignUtilization: number | undefined;
}

/** One round. */
export interface CpuRound extends CpuFigures {
  readonly answered: number;
  /** Requests without an answer, or with a bad one. */
  readonly bad: number;
}

/** What came of one proxy. */
export interface CpuRow {
  readonly name: string;
  readonly program: string;
  readonly version: string;
  readonly rounds: readonly CpuFigures[];
  /** Of each figure over the rounds. */
  readonly median: CpuFigures;
  readonly answered: number;
  /** Requests without an answer, or with a bad one. */
  readonly bad: number;
}

/**
 * Takes a round. One that other programs disturbed says little: it is repeated, and the quietest of up to three counts.
 */
export async function quietest<Round extends CpuRound>(
  name: string,
  say: BenchContext["say"],
  take: () => Promise<Outcome<Round>>,
): Promise<Outcome<Round>> {
  let best: Round | undefined;
  for (let tries = 1; ; tries++) {
    const outcome = await take();
    if (!outcome.ok) return outcome;
    const round = outcome.value;
    // No noise excuses a bad answer.
    if (round.bad > 0) return outcome;
    if (best === undefined || foreign(round) < foreign(best)) best = round;
    if (isQuiet(best) || tries === maxTries) return success(best);
    say(`disturbed, once more: ${name} ${describeRound(round)}`);
  }
}

/** Warms a running proxy up and measures it once. `companions` are processes of the benchmark on the same core. */
export async function measureRound(
  { cores, signal }: BenchContext,
  { url, pid }: RunningPeer,
  { load, warmups, durationMs }: RoundPlan,
  companions: readonly number[] = [],
): Promise<Outcome<CpuRound>> {
  for (const warmup of warmups) await warmup.load.run(url, warmup.durationMs, signal);
  const cpuBeforeMs = treeCpuMs(pid);
  const sinceThen = watchForeignTime(cores, pid, companions);
  const { answered, bad, wallMs, latency } = await load.run(url, durationMs, signal);
  const cpuMs = treeCpuMs(pid) - cpuBeforeMs;
  const foreignUtilization = sinceThen();
  if (answered === 0) return failure(`${url}: none of ${bad} requests was answered`);
  return success({
    cpuUsPerRequest: (cpuMs * 1000) / answered,
    requestsPerSecond: (answered * 1000) / wallMs,
    p50Us: latency?.p50Us,
    p99Us: latency?.p99Us,
    utilization: cores.pinned ? cpuMs / (wallMs * cores.split.proxy.length) : undefined,
    foreignUtilization,
    answered,
    bad,
  });
}

export function cpuRow({ peer, version }: InstalledPeer, rounds: readonly CpuRound[]): CpuRow {
  return {
    name: peer.name,
    program: peer.program,
    version,
    rounds,
    median: medianFigures(rounds),
    answered: rounds.reduce((sum, { answered }) => sum + answered, 0),
    bad: rounds.reduce((sum, { bad }) => sum + bad, 0),
  };
}

export function describeRound(round: CpuFigures): string {
  const shared = round.foreignUtilization;
  const disturbed = shared === undefined ? "" : `, core to ${Math.round(shared * 100)} % with others`;
  return `${round.cpuUsPerRequest.toFixed(1)} µs/request, ${Math.round(round.requestsPerSecond)} requests/s${disturbed}`;
}

function foreign({ foreignUtilization = 0 }: CpuFigures): number {
  return foreignUtilization;
}

function medianFigures(rounds: readonly CpuFigures[]): CpuFigures {
  const of = (figure: "cpuUsPerRequest" | "requestsPerSecond") =>
    median(rounds.map((round) => round[figure]));
  const known = (figure: "p50Us" | "p99Us" | "utilization" | "foreignUtilization") => {
    const values = rounds.map((round) => round[figure]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  return {
    cpuUsPerRequest: of("cpuUsPerRequest"),
    requestsPerSecond: of("requestsPerSecond"),
    p50Us: known("p50Us"),
    p99Us: known("p99Us"),
    utilization: known("utilization"),
    foreignUtilization: known("foreignUtilization"),
  };
}
