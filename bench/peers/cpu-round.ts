import { failure, type Outcome, success } from "../outcome.ts";
import type { BenchContext } from "./bench-context.ts";
import { coreBusyMs, treeCpuMs } from "./cpu-time.ts";
import type { Generator } from "./generator.ts";
import type { SiteTarget } from "./peer.ts";
import { isQuiet } from "./quiet.ts";
import { type RunningPeer, withPeer } from "./running-peer.ts";
import type { InstalledPeer } from "./subjects.ts";

const maxTries = 3;

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

/** One round. */
export interface CpuRound extends CpuFigures {
  readonly answered: number;
  /** Requests without an answer, or with a bad one. */
  readonly bad: number;
}

/**
 * One round of one proxy. A round that other programs disturbed says little: it is repeated, and the quietest of up to
 * three counts.
 */
export async function quietestRound(
  context: BenchContext,
  subject: InstalledPeer,
  targets: readonly SiteTarget[],
  plan: CpuPlan,
): Promise<Outcome<CpuRound>> {
  let quietest: CpuRound | undefined;
  for (let tries = 1; ; tries++) {
    const outcome = await withPeer(context, subject, targets, (running) =>
      measureRound(running, plan, context),
    );
    if (!outcome.ok) return outcome;
    const round = outcome.value;
    // No noise excuses a bad answer.
    if (round.bad > 0) return outcome;
    if (quietest === undefined || foreign(round) < foreign(quietest)) quietest = round;
    if (isQuiet(quietest) || tries === maxTries) return success(quietest);
    context.say(`disturbed, once more: ${subject.peer.name} ${describeRound(round)}`);
  }
}

function foreign({ foreignUtilization = 0 }: CpuFigures): number {
  return foreignUtilization;
}

export function describeRound(round: CpuFigures): string {
  return `${round.cpuUsPerRequest.toFixed(1)} µs/request, ${Math.round(round.requestsPerSecond)} requests/s, core to ${Math.round(foreign(round) * 100)} % with others`;
}

async function measureRound(
  { url, pid }: RunningPeer,
  { generator, connections, warmupMs, durationMs }: CpuPlan,
  { cores, signal }: BenchContext,
): Promise<Outcome<CpuRound>> {
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
