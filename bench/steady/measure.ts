import { runLoad } from "../load/load.ts";
import { failedRequests, requestsPerSecond } from "../load/result.ts";
import { latencyHistogram, percentileUs, recordLatency } from "../load/samples.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { ballast } from "../peers/ballast.ts";
import type { BenchContext } from "../peers/bench-context.ts";
import { treeCpuMs } from "../peers/cpu-time.ts";
import { watchForeignTime } from "../peers/foreign-time.ts";
import { withOrigin } from "../peers/origin.ts";
import { type RunningPeer, withPeer } from "../peers/running-peer.ts";
import { useAtRest } from "../soak/process-use.ts";
import type { SteadyOptions } from "./options.ts";
import type { SteadySample } from "./verdict.ts";

const intervals = 60;
/** Of fewer requests, p99 is the luck of a few. */
const shortestIntervalMs = 2000;
const targetCount = 4;
const closedConnections = 64;
/** Enough that a request hardly ever waits for one; as many connections to targets may come and go with them. */
export const openConnections = 256;
const warmupMs = 2000;
const capacityMs = 5000;
/** Some looks in a row: one may fall into the moment before the last connections are closed. */
const looks = 3;

/** What was found in a closed loop, in requests/s. */
export interface Capacity {
  /** By its CPU time for a request, if it had a core for itself. */
  readonly balancer: number;
  /** What the generator and the servers got through, with the balancer. */
  readonly generator: number;
}

export interface SteadyFigures {
  /** Undefined when the rate was given. */
  readonly capacity: Capacity | undefined;
  readonly ratePerSecond: number;
  /** Of one core, by the balancer, during the whole time. */
  readonly cpuShare: number;
  readonly samples: readonly SteadySample[];
}

/** A balancer under an open loop of a share of what it can do, with sixty samples; of a short time with one every two seconds. */
export async function measureSteady(
  context: BenchContext,
  executable: string,
  { durationMs, share, ratePerSecond: givenRate, seed }: SteadyOptions,
): Promise<Outcome<SteadyFigures>> {
  const peer = ballast(executable, { label: "steady" });
  const subject = { peer, executable, version: peer.version(executable) };
  return await withOrigin(context, targetCount, ({ targets }) =>
    withPeer(context, subject, { targets }, async (proxy) => {
      let ratePerSecond = givenRate;
      let capacity: Capacity | undefined;
      if (ratePerSecond === undefined) {
        const found = await findCapacity(proxy, context);
        if (!found.ok) return found;
        capacity = found.value;
        ratePerSecond = Math.floor(share * Math.min(capacity.balancer, capacity.generator));
      }
      context.say(`${ratePerSecond} requests/s for ${durationMs / 60_000} minutes`);
      const startedAtMs = performance.now();
      const cpuBeforeMs = treeCpuMs(proxy.pid);
      const intervalMs = Math.max(shortestIntervalMs, durationMs / intervals);
      const samples: SteadySample[] = [];
      while (performance.now() - startedAtMs < durationMs) {
        const load = { ratePerSecond, intervalMs, seed: seed + samples.length };
        const seen = await measureInterval(proxy, context, load);
        if (!seen.ok) return seen;
        const atSeconds = Math.round((performance.now() - startedAtMs) / 1000);
        samples.push({ atSeconds, ...seen.value });
      }
      const cpuShare = (treeCpuMs(proxy.pid) - cpuBeforeMs) / (performance.now() - startedAtMs);
      return success({ capacity, ratePerSecond, cpuShare, samples });
    }),
  );
}

async function findCapacity(proxy: RunningPeer, { signal }: BenchContext): Promise<Outcome<Capacity>> {
  const closed = { kind: "closed", concurrency: closedConnections } as const;
  const run = (durationMs: number) =>
    runLoad({ url: proxy.url, shape: { ...closed, durationMs } }, { signal });
  await run(warmupMs);
  const cpuBeforeMs = treeCpuMs(proxy.pid);
  const result = await run(capacityMs);
  const cpuMs = treeCpuMs(proxy.pid) - cpuBeforeMs;
  const answered = result.requests - failedRequests(result);
  if (answered === 0 || cpuMs === 0)
    return failure(`${proxy.url}: ${answered} of ${result.requests} requests were answered in a closed loop`);
  return success({
    balancer: Math.round((1000 * answered) / cpuMs),
    generator: Math.round(requestsPerSecond(result)),
  });
}

async function measureInterval(
  { url, pid }: RunningPeer,
  { cores, signal }: BenchContext,
  load: { readonly ratePerSecond: number; readonly intervalMs: number; readonly seed: number },
): Promise<Outcome<Omit<SteadySample, "atSeconds">>> {
  const { ratePerSecond, intervalMs: durationMs, seed } = load;
  const shape = { kind: "open", ratePerSecond, durationMs, maxConnections: openConnections } as const;
  const lateness = latencyHistogram();
  const onHandOver = (lagMs: number) => recordLatency(lateness, lagMs * 1000);
  const cpuBeforeMs = treeCpuMs(pid);
  const foreignTime = watchForeignTime(cores, pid);
  const result = await runLoad({ url, shape, seed }, { signal, onHandOver });
  const foreignUtilization = foreignTime();
  const cpuMs = treeCpuMs(pid) - cpuBeforeMs;
  if (result.requests === 0)
    return failure(`at ${ratePerSecond} requests/s none was due in ${durationMs} ms`);
  return success({
    ...(await useAtRest(pid, signal, looks)),
    cpuUsPerRequest: (1000 * cpuMs) / result.requests,
    p50Us: result.latency.p50Us,
    p99Us: result.latency.p99Us,
    generatorLateUs: percentileUs(lateness, 99),
    foreignUtilization,
    failed: failedRequests(result),
  });
}
