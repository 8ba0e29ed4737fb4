import { runLoad } from "../load/load.ts";
import { failedRequests } from "../load/result.ts";
import { type Outcome, success } from "../outcome.ts";
import { ballast } from "../peers/ballast.ts";
import type { BenchContext } from "../peers/bench-context.ts";
import { treeCpuMs } from "../peers/cpu-time.ts";
import { withOrigin } from "../peers/origin.ts";
import { type RunningPeer, withPeer } from "../peers/running-peer.ts";
import { useAtRest } from "../soak/process-use.ts";
import type { SteadyOptions } from "./options.ts";
import type { SteadySample } from "./verdict.ts";

const intervalMs = 10_000;
const targetCount = 4;
const connections = 64;
const capacityMs = 5000;
/** Some looks in a row: one may fall into the moment before the last connections are closed. */
const looks = 3;

export interface SteadyFigures {
  /** What a closed loop got through it, on this machine; undefined when the rate was given. */
  readonly capacityPerSecond: number | undefined;
  readonly ratePerSecond: number;
  /** Of one core, by the balancer, during the whole time. */
  readonly cpuShare: number;
  readonly samples: readonly SteadySample[];
}

/** A balancer under an open loop of a share of what it can do, with a sample each ten seconds. */
export async function measureSteady(
  context: BenchContext,
  executable: string,
  options: SteadyOptions,
): Promise<Outcome<SteadyFigures>> {
  const peer = ballast(executable, { label: "steady" });
  const subject = { peer, executable, version: peer.version(executable) };
  return await withOrigin(context, targetCount, ({ targets }) =>
    withPeer(context, subject, { targets }, async (proxy) => {
      const capacityPerSecond =
        options.ratePerSecond === undefined ? await capacityOf(proxy, context) : undefined;
      const ratePerSecond = Math.floor(options.ratePerSecond ?? (capacityPerSecond ?? 0) * options.share);
      context.say(`${ratePerSecond} requests/s for ${options.durationMs / 60_000} minutes`);
      const startedAtMs = performance.now();
      const cpuBeforeMs = treeCpuMs(proxy.pid);
      const samples: SteadySample[] = [];
      for (let seed = options.seed; performance.now() - startedAtMs < options.durationMs; seed++) {
        const durationMs = Math.min(intervalMs, options.durationMs);
        const shape = { kind: "open", ratePerSecond, durationMs, maxConnections: connections } as const;
        const result = await runLoad({ url: proxy.url, shape, seed }, { signal: context.signal });
        const { p50Us, p99Us } = result.latency;
        const use = await useAtRest(proxy.pid, context.signal, looks);
        const atSeconds = Math.round((performance.now() - startedAtMs) / 1000);
        samples.push({ atSeconds, ...use, p50Us, p99Us, failed: failedRequests(result) });
      }
      const cpuShare = (treeCpuMs(proxy.pid) - cpuBeforeMs) / (performance.now() - startedAtMs);
      return success({ capacityPerSecond, ratePerSecond, cpuShare, samples });
    }),
  );
}

async function capacityOf({ url }: RunningPeer, context: BenchContext): Promise<number> {
  const shape = { kind: "closed", concurrency: connections, durationMs: capacityMs } as const;
  const { requests, wallMs } = await runLoad({ url, shape, warmupMs: 2000 }, { signal: context.signal });
  return Math.round((1000 * requests) / wallMs);
}
