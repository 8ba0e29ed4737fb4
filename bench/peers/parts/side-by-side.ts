import { type Outcome, success } from "../../outcome.ts";
import type { BenchContext } from "../bench-context.ts";
import type { Load } from "../generators/load.ts";
import { type RunningPeer, type Setup, withPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import {
  type CpuSlice,
  describeFigures,
  measureSlice,
  medianFigures,
  quietest,
  type SliceSource,
} from "./slice.ts";

/**
 * What a machine shared with others does to a figure changes from second to second, by more than the differences that are
 * looked for. So proxies that are compared all run at once, and each has the load for a slice in turns; or all have it
 * together, where it leaves room for that.
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
  /** In a turn all have the load at the same time, which must leave most of the core idle; else one after the other. */
  readonly together: boolean;
  /** How long each has its load at a time before that is measured: while the others have theirs, its caches go cold. */
  readonly leadInMs: number;
  /** How long it is measured then. */
  readonly sliceMs: number;
  /** A slice of each of them; so many in a round, which begins with new processes. */
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
  plan: Turns,
  round: string,
): Promise<Outcome<void>> {
  const { together, turns } = plan;
  for (const [{ context, warmups }, { url }] of running)
    for (const { load, durationMs } of warmups) await load.run(url, durationMs, context.signal);
  const all = [...running];
  const pids = all.map(([, { pid }]) => pid);
  const groups = together ? [all] : all.map((alone) => [alone]);
  for (let turn = 0; turn < turns; turn++) {
    for (const group of groups) {
      const taken = await takeSlices(beginningAt(turn, group), plan, pids);
      if (!taken.ok) return taken;
    }
  }
  for (const { context, subject, slices } of running.keys())
    context.say(`${round}: ${subject.peer.name} ${describeFigures(medianFigures(slices.slice(-turns)))}`);
  return success(undefined);
}

type Member = readonly [Contender, RunningPeer];

/** Adds a slice to each of those, which have the load at the same time. */
async function takeSlices(
  group: readonly Member[],
  { leadInMs, sliceMs }: Turns,
  pids: readonly number[],
): Promise<Outcome<void>> {
  const leadIn = ([{ context, load }, { url }]: Member) => load.run(url, leadInMs, context.signal);
  if (leadInMs > 0) await Promise.all(group.map(leadIn));
  const sources = group.map(([{ context, subject, load }, peer]): SliceSource => {
    const companions = pids.filter((pid) => pid !== peer.pid);
    return {
      name: subject.peer.name,
      say: context.say,
      take: () => measureSlice(context, peer, load, sliceMs, companions),
    };
  });
  const measured = await quietest(sources);
  if (!measured.ok) return measured;
  for (const [index, slice] of measured.value.entries()) group[index]?.[0].slices.push(slice);
  return success(undefined);
}

/** Whoever comes first at a moment wakes the core for the others: that is somebody else in each turn. */
function beginningAt(turn: number, group: readonly Member[]): readonly Member[] {
  const first = turn % group.length;
  return [...group.slice(first), ...group.slice(0, first)];
}
