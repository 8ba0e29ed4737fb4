import { failure, type Outcome, success } from "../../outcome.ts";
import { whole } from "../../report/format.ts";
import { ballast } from "../ballast.ts";
import { residentBytes } from "../cpu-time.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { type IdleConnections, openIdleConnections } from "../generators/idle-connections.ts";
import { withOrigin } from "../origin.ts";
import { fewTargets, inTurns, type PartInput, usualConnections, warmupMs } from "./part.ts";
import { median, medianRatio } from "./ratio.ts";
import { type Contender, type Running, type Turns, takeTurns, withAll } from "./side-by-side.ts";
import { type CpuRow, cpuRow } from "./slice.ts";

const manyTargets = 64;
export const idleConnections = 10_000;
/** For what opening the connections has left to come to rest. */
const settleMs = 1000;

/** The same proxy with more to look after. */
export interface ScaleResult extends Turns {
  readonly load: string;
  readonly origin: string;
  /** The first one is what the others are held against. */
  readonly rows: readonly ScaleRow[];
  readonly idleConnections: number;
  /** Growth of a new process's resident memory by them, for each; the median over the rounds. */
  readonly bytesPerIdleConnection: number;
}

export interface ScaleRow extends CpuRow {
  readonly more: More;
  /** Of its CPU per request to the first row's. */
  readonly ratio: number;
}

/** What it has to look after besides a few targets. */
export type More = "nothing" | "targets" | "idle connections";

interface Variant extends Contender {
  readonly more: More;
}

/** CPU time per request with few targets, with many, and with few and 10 000 idle connections. */
export async function measureScale(input: PartInput): Promise<Outcome<ScaleResult>> {
  const { context, balancer, edge, generator, rounds } = input;
  const load = closedLoop(generator, usualConnections);
  const warmups = [{ load, durationMs: warmupMs }];
  const turns = inTurns(input.durationMs);
  return await withOrigin(context, manyTargets, async ({ targets, description }) => {
    const variant = (more: More, count: number, idle = ""): Variant[] => {
      const label = `${edge}, ${count} targets${idle}`;
      // Longer than a round: what is idle must not be closed in it.
      const peer = ballast(balancer, { label, edge, idleTimeout: "240s" });
      const setup = { targets: targets.slice(0, count) };
      return input
        .find([peer])
        .map((subject) => ({ more, context, subject, setup, load, warmups, slices: [] }));
    };
    const variants = [
      ...variant("nothing", fewTargets),
      ...variant("targets", manyTargets),
      ...variant("idle connections", fewTargets, `, ${whole(idleConnections)} idle`),
    ];
    const bytes: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const name = `round ${round}`;
      const measured = await withAll(variants, (running) => takeRound(running, turns, name, context.signal));
      if (!measured.ok) return measured;
      bytes.push(measured.value);
      context.say(`${name}: ${Math.round(measured.value)} bytes for each idle connection`);
    }
    const first = variants[0]?.slices ?? [];
    return success({
      load: load.description,
      origin: description,
      ...turns,
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

/** Adds slices to every variant; resolves to the bytes for each idle connection. */
async function takeRound(
  running: Running<Variant>,
  turns: Turns,
  name: string,
  signal: AbortSignal,
): Promise<Outcome<number>> {
  const [, crowded] = [...running].find(([{ more }]) => more === "idle connections") ?? [];
  if (crowded === undefined) throw new Error("the proxy with idle connections is not among those that run");
  // Before the load, whose garbage would leave room for the connections: so it is theirs that counts.
  const beforeBytes = residentBytes(crowded.pid);
  const idle = await openIdleConnections(crowded.url, idleConnections, signal);
  if (!idle.ok) return idle;
  try {
    await Bun.sleep(settleMs);
    const bytes = (residentBytes(crowded.pid) - beforeBytes) / idleConnections;
    const taken = await takeTurns(running, turns, name);
    return taken.ok ? allStillThere(idle.value, bytes) : taken;
  } finally {
    idle.value.close();
  }
}

function allStillThere(idle: IdleConnections, bytes: number): Outcome<number> {
  const lost = idle.lost();
  return lost === 0 ? success(bytes) : failure(`${lost} of ${idleConnections} idle connections were closed`);
}
