import { useMemo, useRef } from "preact/hooks";
import {
  type GroupHistory,
  historyMs,
  historyStepMs,
  type LiveGroup,
  type LiveHistory,
} from "../live-messages.ts";
import { figure } from "./format.ts";
import { TimeChart } from "./time-chart.tsx";

interface ChartsProps {
  readonly group: LiveGroup;
  readonly atMs: number;
  readonly history: LiveHistory | undefined;
}

const figures = [
  { key: "requestsPerSecond", title: "requests/s" },
  { key: "p99Ms", title: "p99, ms" },
  { key: "inFlight", title: "in flight" },
] as const;

type FigureKey = (typeof figures)[number]["key"];
type Point = { readonly atSeconds: number } & Readonly<Record<FigureKey, ReadonlyMap<string, number | null>>>;

/** The last minutes of a group, a line for each target. */
export function Charts({ group, atMs, history }: ChartsProps) {
  const points = usePoints(group, atMs, history);
  const ids = group.targets.map(({ id }) => id);
  return (
    <div class="charts">
      {figures.map(({ key, title }) => (
        <TimeChart
          key={key}
          title={title}
          description={describe(group, title, key)}
          names={ids}
          atSeconds={points.map(({ atSeconds }) => atSeconds)}
          lines={ids.map((id) => points.map((point) => point[key].get(id) ?? null))}
        />
      ))}
    </div>
  );
}

/** For those who don't see the chart: its last values. */
function describe({ name, targets }: LiveGroup, title: string, key: FigureKey): string {
  const values = targets.map((target) => `${target.id} ${figure(target[key])}`);
  return `${title} of ${name} over the last 15 minutes at most; now ${values.join(", ")}`;
}

/** What the balancer remembers, and behind it what has come since, at the same distances. */
function usePoints(group: LiveGroup, atMs: number, history: LiveHistory | undefined): readonly Point[] {
  const remembered = useMemo(() => pointsOf(history, group.name), [history, group.name]);
  const later = useRef<{ readonly of: LiveHistory | undefined; points: Point[] }>({
    of: history,
    points: [],
  });
  if (later.current.of !== history) later.current = { of: history, points: [] };
  const { points } = later.current;
  const now = pointOf(group, atMs);
  const last = points.at(-1);
  const before = points.at(-2) ?? remembered.at(-1);
  // The newest point moves on until it is a step away from the one before it.
  if (
    last !== undefined &&
    (before === undefined || last.atSeconds - before.atSeconds < historyStepMs / 1000)
  ) {
    points[points.length - 1] = now;
  } else if (last === undefined || last.atSeconds < now.atSeconds) {
    points.push(now);
  }
  const all = [...remembered, ...points];
  return all.filter(({ atSeconds }) => atSeconds * 1000 > atMs - historyMs);
}

function pointsOf(history: LiveHistory | undefined, name: string): readonly Point[] {
  const group = history?.groups.find((candidate) => candidate.name === name);
  if (history === undefined || group === undefined) return [];
  return history.atSeconds.map((atSeconds, index) => ({
    atSeconds,
    requestsPerSecond: valuesAt(group, "requestsPerSecond", index),
    p99Ms: valuesAt(group, "p99Ms", index),
    inFlight: valuesAt(group, "inFlight", index),
  }));
}

function valuesAt(
  { targets }: GroupHistory,
  key: FigureKey,
  index: number,
): ReadonlyMap<string, number | null> {
  return new Map(targets.map((target) => [target.id, target[key][index] ?? null]));
}

function pointOf({ targets }: LiveGroup, atMs: number): Point {
  const values = (key: FigureKey) => new Map(targets.map((target) => [target.id, target[key]]));
  return {
    atSeconds: atMs / 1000,
    requestsPerSecond: values("requestsPerSecond"),
    p99Ms: values("p99Ms"),
    inFlight: values("inFlight"),
  };
}
