import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { historyMs } from "../live-messages.ts";
import { seriesColour } from "./series-colour.ts";

interface TimeChartProps {
  readonly title: string;
  /** What it shows, in words. */
  readonly description: string;
  /** Of the lines. */
  readonly names: readonly string[];
  readonly atSeconds: readonly number[];
  /** Values of each line at those times. */
  readonly lines: readonly (readonly (number | null)[])[];
}

const heightPx = 150;
/** Of time. */
const leastShownMs = 2 * 60_000;

/** Lines over time. */
export function TimeChart({ title, description, names, atSeconds, lines }: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const isDark = useDarkness();
  const data = [atSeconds, ...lines] as uPlot.AlignedData;
  const shape = JSON.stringify(names);

  // Drawn anew when there are other lines or other colours; else only the values change.
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const drawn = new uPlot(optionsOf(JSON.parse(shape) as string[], element), data, element);
    plot.current = drawn;
    const observer = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: heightPx }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
  }, [shape, isDark]);
  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={frame} role="img" aria-label={description} />
    </figure>
  );
}

function optionsOf(names: readonly string[], element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (value: string) => style.getPropertyValue(value.replace(/^var\((.*)\)$/, "$1")).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--rule"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    axes: [
      { ...axis, space: 70, values: (_plot, splits) => splits.map(timeOfDay(splits)) },
      { ...axis, size: 46 },
    ],
    scales: {
      x: { range: (_plot, min, max) => [beginOf(min, max), max] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
    },
    series: [
      {},
      ...names.map((label, index) => ({
        label,
        stroke: colour(seriesColour(index)),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

/** All there is to show, up to what the balancer remembers; a first minute is not stretched over the whole chart. */
function beginOf(firstSeconds: number, lastSeconds: number): number {
  return Math.max(lastSeconds - historyMs / 1000, Math.min(firstSeconds, lastSeconds - leastShownMs / 1000));
}

/** With seconds where the times are closer than a minute. */
function timeOfDay([first = 0, second = 0]: readonly number[]): (atSeconds: number) => string {
  const length = (second - first) % 60 === 0 ? 5 : 8;
  return (atSeconds) => new Date(atSeconds * 1000).toTimeString().slice(0, length);
}

function useDarkness(): boolean {
  const [isDark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const change = () => setDark(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return isDark;
}
