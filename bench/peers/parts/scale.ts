import { failure, type Outcome, success } from "../../outcome.ts";
import { whole } from "../../report/format.ts";
import { ballast } from "../ballast.ts";
import type { BenchContext } from "../bench-context.ts";
import { residentBytes } from "../cpu-time.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { type IdleConnections, openIdleConnections } from "../generators/idle-connections.ts";
import type { Load } from "../generators/load.ts";
import { withOrigin } from "../origin.ts";
import type { SiteTarget } from "../peer.ts";
import { type RunningPeer, withPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import { fewTargets, type PartInput, usualConnections, warmupMs } from "./part.ts";
import { median, medianRatio } from "./ratio.ts";
import { type CpuRound, type CpuRow, cpuRow, describeRound, measureRound } from "./round.ts";

const manyTargets = 64;
export const idleConnections = 10_000;
const sliceMs = 1000;
const slicesPerSession = 5;
/** For what opening the connections has left to come to rest. */
const settleMs = 1000;

/** The same proxy with more to look after. */
export interface ScaleResult {
  readonly load: string;
  readonly origin: string;
  readonly sliceMs: number;
  /** The first one is what the others are held against. */
  readonly rows: readonly ScaleRow[];
  readonly idleConnections: number;
  /** Growth of a new process's resident memory by them, for each; the median over the sessions. */
  readonly bytesPerIdleConnection: number;
}

export interface ScaleRow extends CpuRow {
  readonly more: More;
  /** Of its CPU per request to the first row's. */
  readonly ratio: number;
}

/** What it has to look after besides a few targets. */
export type More = "nothing" | "targets" | "idle connections";

interface Variant {
  readonly more: More;
  readonly subject: InstalledPeer;
  readonly targets: readonly SiteTarget[];
  readonly slices: CpuRound[];
}

/**
 * CPU time per request with few targets, with many, and with few and 10 000 idle connections. The differences asked for
 * are smaller than those between two rounds some time apart; so all three run side by side on the proxy's core, and
 * each has the load for a second in turns. Each round of the benchmark is one such session with new processes.
 */
export async function measureScale(input: PartInput): Promise<Outcome<ScaleResult>> {
  const { context, balancer, edge, generator, rounds } = input;
  const load = closedLoop(generator, usualConnections);
  return await withOrigin(context, manyTargets, async ({ targets, description }) => {
    const variant = (more: More, count: number, idle = ""): Variant[] => {
      const label = `${edge}, ${count} targets${idle}`;
      // Longer than a session: what is idle must not be closed in it.
      const peer = ballast(balancer, { label, edge, idleTimeout: "240s" });
      return input.find([peer]).map((subject) => ({
        more,
        subject,
        targets: targets.slice(0, count),
        slices: [],
      }));
    };
    const variants = [
      ...variant("nothing", fewTargets),
      ...variant("targets", manyTargets),
      ...variant("idle connections", fewTargets, `, ${whole(idleConnections)} idle`),
    ];
    const bytes: number[] = [];
    for (let session = 1; session <= rounds; session++) {
      const measured = await withVariants(context, variants, new Map(), (running) =>
        runSession(context, running, load),
      );
      if (!measured.ok) return measured;
      bytes.push(measured.value);
      context.say(`session ${session}: ${Math.round(measured.value)} bytes for each idle connection`);
      for (const { subject, slices } of variants) {
        const last = slices.at(-1);
        if (last !== undefined)
          context.say(`session ${session}: ${subject.peer.name} ${describeRound(last)}`);
      }
    }
    const first = variants[0]?.slices ?? [];
    return success({
      load: load.description,
      origin: description,
      sliceMs,
      rows: variants.map(({ more, subject, slices }) => ({
        ...cpuRow(subject, slices),
        more,
        ratio: medianRatio(slices, first, (slice) => slice.cpuUsPerRequest),
      })),
      idleConnections,
      bytesPerIdleConnection: median(bytes),
    });
  });
}

/** Runs `measure` with all of them up. */
async function withVariants<T>(
  context: BenchContext,
  [next, ...rest]: readonly Variant[],
  running: ReadonlyMap<Variant, RunningPeer>,
  measure: (running: ReadonlyMap<Variant, RunningPeer>) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (next === undefined) return await measure(running);
  return await withPeer(context, next.subject, { targets: next.targets }, (peer) =>
    withVariants(context, rest, new Map([...running, [next, peer]]), measure),
  );
}

/** Adds slices to every variant; resolves to the bytes for each idle connection. */
async function runSession(
  context: BenchContext,
  running: ReadonlyMap<Variant, RunningPeer>,
  load: Load,
): Promise<Outcome<number>> {
  const [, crowded] = [...running].find(([{ more }]) => more === "idle connections") ?? [];
  if (crowded === undefined) throw new Error("the proxy with idle connections is not among those that run");
  // Before the load, whose garbage would leave room for the connections: so it is theirs that counts.
  const beforeBytes = residentBytes(crowded.pid);
  const idle = await openIdleConnections(crowded.url, idleConnections, context.signal);
  if (!idle.ok) return idle;
  try {
    await Bun.sleep(settleMs);
    const bytes = (residentBytes(crowded.pid) - beforeBytes) / idleConnections;
    for (const { url } of running.values()) await load.run(url, warmupMs, context.signal);
    const sliced = await takeSlices(context, running, load);
    return sliced.ok ? allStillThere(idle.value, bytes) : sliced;
  } finally {
    idle.value.close();
  }
}

async function takeSlices(
  context: BenchContext,
  running: ReadonlyMap<Variant, RunningPeer>,
  load: Load,
): Promise<Outcome<void>> {
  const plan = { load, warmups: [], durationMs: sliceMs };
  const pids = [...running.values()].map(({ pid }) => pid);
  for (let slice = 0; slice < slicesPerSession; slice++) {
    for (const [{ slices }, peer] of running) {
      const measured = await measureRound(
        context,
        peer,
        plan,
        pids.filter((pid) => pid !== peer.pid),
      );
      if (!measured.ok) return measured;
      slices.push(measured.value);
    }
  }
  return success(undefined);
}

function allStillThere(idle: IdleConnections, bytes: number): Outcome<number> {
  const lost = idle.lost();
  return lost === 0 ? success(bytes) : failure(`${lost} of ${idleConnections} idle connections were closed`);
}
