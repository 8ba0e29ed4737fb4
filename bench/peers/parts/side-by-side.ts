import { type Outcome, success } from "../../outcome.ts";
import type { BenchContext } from "../bench-context.ts";
import type { Load } from "../generators/load.ts";
import { type RunningPeer, type Setup, withPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import { type CpuSlice, describeFigures, measureSlice, medianFigures, quietest } from "./slice.ts";

/**
 * What a machine shared with others does to a figure changes from second to second, by more than the differences that are
 * looked for. So proxies that are compared all run at once, and each has the load for a slice in turns.
 */

/** One of the proxies that are compared. */
export interface Contender {
  /** With the cores that it and its load have. */
  readonly context: BenchContext;
  readonly subject: InstalledPeer;
  readonly setup: Setup;
  readonly load: Load;
  /** One after the other in each round, not counted: a just-in-time compiler has to see the request path. */
  readonly warmups: readonly { readonly load: Load; readonly durationMs: number }[];
  /** What it came to so far, of all rounds: as many as the others have. */
  readonly slices: CpuSlice[];
}

export interface Turns {
  /** How long each has its load at a time before that is measured: while the others have theirs, its caches go cold. */
  readonly leadInMs: number;
  /** How long it is measured then. */
  readonly sliceMs: number;
  /** A slice for each of them; so many in a round, which begins with new processes. */
  readonly turns: number;
}

export type Running<Each extends Contender> = ReadonlyMap<Each, RunningPeer>;

/** Runs `measure` with all of them up, and stops them on every path. */
export async function withAll<Each extends Contender, T>(
  contenders: readonly Each[],
  measure: (running: Running<Each>) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const start = async ([next, ...rest]: readonly Each[], running: Running<Each>): Promise<Outcome<T>> => {
    if (next === undefined) return await measure(running);
    return await withPeer(next.context, next.subject, next.setup, (peer) =>
      start(rest, new Map([...running, [next, peer]])),
    );
  };
  return await start(contenders, new Map());
}

/** Warms them up and adds a slice to each in every turn; says what they came to, under the name of this `round`. */
export async function takeTurns(
  running: Running<Contender>,
  { leadInMs, sliceMs, turns }: Turns,
  round: string,
): Promise<Outcome<void>> {
  for (const [{ context, warmups }, { url }] of running)
    for (const { load, durationMs } of warmups) await load.run(url, durationMs, context.signal);
  const pids = [...running.values()].map(({ pid }) => pid);
  for (let turn = 0; turn < turns; turn++) {
    for (const [{ context, subject, load, slices }, peer] of running) {
      if (leadInMs > 0) await load.run(peer.url, leadInMs, context.signal);
      const companions = pids.filter((pid) => pid !== peer.pid);
      const measured = await quietest(subject.peer.name, context.say, () =>
        measureSlice(context, peer, load, sliceMs, companions),
      );
      if (!measured.ok) return measured;
      slices.push(measured.value);
    }
  }
  for (const { context, subject, slices } of running.keys())
    context.say(`${round}: ${subject.peer.name} ${describeFigures(medianFigures(slices.slice(-turns)))}`);
  return success(undefined);
}
