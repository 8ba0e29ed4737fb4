import { runLoad } from "../load/load.ts";
import { failedRequests, type LoadResult } from "../load/result.ts";
import { type Outcome, success } from "../outcome.ts";
import type { BenchContext } from "../peers/bench-context.ts";
import { processTree } from "../peers/cpu-time.ts";
import { withPeer } from "../peers/running-peer.ts";
import type { InstalledPeer } from "../peers/subjects.ts";
import { targetShares } from "../report/report.ts";
import type { Occurrence } from "./changes.ts";
import { FaultyServer } from "./servers.ts";

const serverCount = 9;
/** Longer than any try that a proxy gives up. */
const requestTimeoutMs = 10_000;
const maxConnections = 2048;
const settleMs = 1000;

export interface FaultPlan {
  readonly ratePerSecond: number;
  /** Sound before, faulty, and sound again, each as long. */
  readonly phaseMs: number;
  readonly seed: number;
}

/** What one fault of one of nine servers, or one change of the proxy, came to. */
export interface FaultFigures {
  readonly requests: number;
  /** Without an answer, or with an error. */
  readonly lost: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  /** Of the faulty server, of all answers; 0.11 is its part. */
  readonly share: number;
}

export interface FaultRow {
  readonly fault: string;
  /** By the proxies' names. */
  readonly figures: Readonly<Record<string, FaultFigures>>;
}

/**
 * One proxy with nine servers of which one goes through the fault, or the proxy through the change, while an open loop of
 * requests goes on.
 */
export async function measureFault(
  context: BenchContext,
  subject: InstalledPeer,
  occurrence: Occurrence | undefined,
  { ratePerSecond, phaseMs, seed }: FaultPlan,
): Promise<Outcome<FaultFigures>> {
  const targets = await FaultyServer.startAll(serverCount, seed);
  try {
    return await withPeer(context, subject, { targets }, async (proxy) => {
      const { url } = proxy;
      const [faulty] = targets;
      if (faulty === undefined) throw new Error("there are no servers");
      await Bun.sleep(settleMs);
      const shape = { kind: "open", ratePerSecond, durationMs: 3 * phaseMs, maxConnections } as const;
      const load = runLoad({ url, shape, timeoutMs: requestTimeoutMs, seed }, { signal: context.signal });
      await Bun.sleep(phaseMs);
      const successors: number[] = [];
      const scene = { proxy, program: subject.peer.program, servers: targets, successors };
      try {
        await (occurrence?.play(scene, phaseMs) ?? Bun.sleep(phaseMs));
        return success(figuresOf(await load, faulty.id));
      } finally {
        // They have the output of the process before them, which ends with them alone.
        for (const successor of successors)
          for (const pid of processTree(successor)) process.kill(pid, "SIGKILL");
      }
    });
  } finally {
    // One that is stopped hears nothing but this.
    await Promise.all(targets.map((target) => target.kill()));
  }
}

function figuresOf(result: LoadResult, faultyId: string): FaultFigures {
  const { p50Us, p99Us, maxUs } = result.latency;
  return {
    requests: result.requests,
    lost: failedRequests(result),
    p50Us,
    p99Us,
    maxUs,
    share: targetShares(result).find(({ target }) => target === faultyId)?.share ?? 0,
  };
}
