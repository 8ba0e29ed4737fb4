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

/** One proxy's load for a short while. */
export interface CpuSlice extends CpuFigures {
  readonly answered: number;
  /** Requests without an answer, or with a bad one. */
  readonly bad: number;
}

/** What came of one proxy. */
export interface CpuRow {
  readonly name: string;
  readonly program: string;
  readonly version: string;
  readonly slices: readonly CpuFigures[];
  /** Of each figure over the slices. */
  readonly median: CpuFigures;
  readonly answered: number;
  /** Requests without an answer, or with a bad one. */
  readonly bad: number;
}

/** A proxy of which a slice can be taken. */
export interface SliceSource {
  readonly name: string;
  /** Told when a slice is repeated. */
  readonly say: BenchContext["say"];
  take(): Promise<Outcome<CpuSlice>>;
}

/**
 * Takes a slice of each at the same time. Where other programs disturbed one of them all say little: they are repeated, and the
 * quietest of up to three times counts. The slices are in the order of their sources.
 */
export async function quietest(sources: readonly SliceSource[]): Promise<Outcome<readonly CpuSlice[]>> {
  let best: readonly CpuSlice[] | undefined;
  for (let tries = 1; ; tries++) {
    const slices: CpuSlice[] = [];
    for (const outcome of await Promise.all(sources.map((source) => source.take()))) {
      if (!outcome.ok) return outcome;
      slices.push(outcome.value);
    }
    // No noise excuses a bad answer.
    if (slices.some(({ bad }) => bad > 0)) return success(slices);
    if (best === undefined || foreign(slices) < foreign(best)) best = slices;
    if (best.every(isQuiet) || tries === maxTries) return success(best);
    for (const [index, { name, say }] of sources.entries()) {
      const slice = slices[index];
      if (slice !== undefined) say(`disturbed, once more: ${name} ${describeFigures(slice)}`);
    }
  }
}

/** Measures a running proxy under a load. `companions` are processes of the benchmark on the same core. */
export async function measureSlice(
  { cores, signal }: BenchContext,
  { url, pid }: RunningPeer,
  load: Load,
  durationMs: number,
  companions: readonly number[] = [],
): Promise<Outcome<CpuSlice>> {
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

export function cpuRow({ peer, version }: InstalledPeer, slices: readonly CpuSlice[]): CpuRow {
  return {
    name: peer.name,
    program: peer.program,
    version,
    slices,
    median: medianFigures(slices),
    answered: slices.reduce((sum, { answered }) => sum + answered, 0),
    bad: slices.reduce((sum, { bad }) => sum + bad, 0),
  };
}

export function describeFigures(figures: CpuFigures): string {
  const shared = figures.foreignUtilization;
  const disturbed = shared === undefined ? "" : `, core to ${Math.round(shared * 100)} % with others`;
  return `${figures.cpuUsPerRequest.toFixed(1)} µs/request, ${Math.round(figures.requestsPerSecond)} requests/s${disturbed}`;
}

function foreign(slices: readonly CpuFigures[]): number {
  return Math.max(...slices.map(({ foreignUtilization = 0 }) => foreignUtilization));
}

/** Of each figure its own. */
export function medianFigures(slices: readonly CpuFigures[]): CpuFigures {
  const of = (figure: "cpuUsPerRequest" | "requestsPerSecond") =>
    median(slices.map((slice) => slice[figure]));
  const known = (figure: "p50Us" | "p99Us" | "utilization" | "foreignUtilization") => {
    const values = slices.map((slice) => slice[figure]).filter((value) => value !== undefined);
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
