import type { Clock, Timer } from "../../cluster/clock.ts";
import {
  historyMs,
  historyStepMs,
  type LiveGroup,
  type LiveHistory,
  type LiveState,
  type LiveTarget,
} from "./live-messages.ts";
import { quantileMs } from "./quantile.ts";

/** A target's figures, counted from the start. */
export interface TargetReading
  extends Pick<LiveTarget, "id" | "url" | "state" | "weight" | "score" | "inFlight"> {
  readonly requests: number;
  readonly failures: number;
  /** Answered requests by how long they took: as many as there are bounds, and one for what took longer. */
  readonly latencyCounts: readonly number[];
}

/** All that there is to see at one moment. */
export interface Reading {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly groups: readonly {
    readonly name: string;
    readonly policy: string;
    readonly targets: readonly TargetReading[];
  }[];
}

const stepMs = 1000;
/** Latencies and shares are of so many steps: of one alone they would jump, of many a change would show late. */
const windowSteps = 2;
const historyLength = historyMs / historyStepMs;
const stepsPerPoint = historyStepMs / stepMs;

/** What was read at one moment of the clock, by group and target. */
interface Look {
  readonly atMs: number;
  readonly targets: ReadonlyMap<string, TargetReading>;
}

/** Told of each new state. */
export type LiveListener = (state: LiveState) => void;

/** Looks at the balancer once a second, keeps the last minutes, and tells whoever looks on. */
export class LiveFeed {
  private readonly listeners = new Set<LiveListener>();
  /** The latest looks, the newest last. */
  private readonly window: Look[] = [];
  private readonly points: LiveState[] = [];
  private steps = 0;
  private timer: Timer | undefined;

  constructor(
    private readonly read: () => Reading,
    /** Upper bounds of {@link TargetReading.latencyCounts} in ms. */
    private readonly boundsMs: readonly number[],
    private readonly clock: Clock,
    private readonly nowEpochMs: () => number,
  ) {}

  start(): void {
    this.step();
  }

  stop(): void {
    this.timer?.cancel();
    this.listeners.clear();
  }

  /** Returns what ends it. */
  subscribe(listener: LiveListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The last minutes, of every target that there was meanwhile. */
  history(): LiveHistory {
    const names = new Map<string, Set<string>>();
    for (const { groups } of this.points) {
      for (const { name, targets } of groups) {
        const ids = names.get(name) ?? new Set();
        for (const { id } of targets) ids.add(id);
        names.set(name, ids);
      }
    }
    return {
      atSeconds: this.points.map(({ atMs }) => atMs / 1000),
      groups: [...names].map(([name, ids]) => {
        const moments = this.points.map(({ groups }) => groups.find((group) => group.name === name));
        return { name, targets: [...ids].map((id) => targetHistory(id, moments)) };
      }),
    };
  }

  private step(): void {
    const reading = this.read();
    const state = this.stateOf(reading);
    if (this.steps++ % stepsPerPoint === 0) {
      this.points.push(state);
      if (this.points.length > historyLength) this.points.shift();
    }
    for (const listener of this.listeners) listener(state);
    this.timer = this.clock.after(stepMs, () => this.step());
  }

  private stateOf(reading: Reading): LiveState {
    const now = lookOf(reading, this.clock.now());
    const last = this.window.at(-1);
    const earliest = this.window[0];
    this.window.push(now);
    if (this.window.length > windowSteps) this.window.shift();
    const groups = reading.groups.map(({ name, policy, targets }): LiveGroup => {
      const recent = targets.map((target) =>
        requestsSince(earliest?.targets.get(keyOf(name, target.id)), target),
      );
      const all = recent.reduce<number>((sum, requests) => sum + (requests ?? 0), 0);
      const live = targets.map((target, index): LiveTarget => {
        const { id, url, state, weight, score, inFlight } = target;
        const key = keyOf(name, id);
        const before = last?.targets.get(key);
        const seconds = last === undefined ? 0 : (now.atMs - last.atMs) / 1000;
        const isComparable = seconds > 0 && requestsSince(before, target) !== undefined;
        const counts = countsSince(earliest?.targets.get(key), target);
        return {
          id,
          url,
          state,
          weight,
          score,
          inFlight,
          requestsPerSecond: isComparable ? (target.requests - (before?.requests ?? 0)) / seconds : null,
          failuresPerSecond: isComparable ? (target.failures - (before?.failures ?? 0)) / seconds : null,
          p50Ms: quantileMs(this.boundsMs, counts, 0.5),
          p99Ms: quantileMs(this.boundsMs, counts, 0.99),
          share: all === 0 ? null : (recent[index] ?? 0) / all,
        };
      });
      return { name, policy, targets: live };
    });
    const { version, uptimeSeconds } = reading;
    return { atMs: this.nowEpochMs(), version, uptimeSeconds, groups };
  }
}

function lookOf(reading: Reading, atMs: number): Look {
  const targets = new Map<string, TargetReading>();
  for (const group of reading.groups)
    for (const target of group.targets) targets.set(keyOf(group.name, target.id), target);
  return { atMs, targets };
}

/** How many answers fell into each bucket since then; all of them when another target had its name. */
function countsSince(before: TargetReading | undefined, { latencyCounts }: TargetReading): readonly number[] {
  const recent = latencyCounts.map((count, index) => count - (before?.latencyCounts[index] ?? 0));
  return recent.some((count) => count < 0) ? latencyCounts : recent;
}

/** Undefined when it was not there before, or another one had its name. */
function requestsSince(before: TargetReading | undefined, now: TargetReading): number | undefined {
  return before === undefined || before.requests > now.requests ? undefined : now.requests - before.requests;
}

function keyOf(group: string, id: string): string {
  return JSON.stringify([group, id]);
}

function targetHistory(id: string, moments: readonly (LiveGroup | undefined)[]) {
  const targets = moments.map((group) => group?.targets.find((target) => target.id === id));
  return {
    id,
    requestsPerSecond: targets.map((target) => target?.requestsPerSecond ?? null),
    p99Ms: targets.map((target) => target?.p99Ms ?? null),
    inFlight: targets.map((target) => target?.inFlight ?? null),
  };
}
