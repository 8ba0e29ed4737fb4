import { median } from "../peers/parts/ratio.ts";
import { isQuiet } from "../peers/quiet.ts";
import { type Trend, trendOf } from "./trend.ts";

/** What was seen in one interval. */
export interface SteadySample {
  /** Of its end, from the begin of all. */
  readonly atSeconds: number;
  /** At its end, when all requests have been answered. */
  readonly residentMegabytes: number;
  readonly openFiles: number;
  readonly cpuUsPerRequest: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** So late after its time one in a hundred requests was sent: part of the latencies, and not the balancer's. */
  readonly generatorLateUs: number;
  /** How busy the balancer's core was with other programs, 1 is fully; undefined when it has none of its own. */
  readonly foreignUtilization: number | undefined;
  /** Requests without an answer of 200. */
  readonly failed: number;
}

export interface SteadyLimits {
  readonly memoryMegabytes: number;
  readonly openFiles: number;
  /** Of p99 at the end, relative to its begin. */
  readonly p99Ratio: number;
}

type Figure = "residentMegabytes" | "openFiles" | "cpuUsPerRequest" | "p50Us" | "p99Us";

/** Medians of the second and of the last fifth; the first is for what a program needs once. */
export interface SteadyParts {
  readonly begin: Readonly<Record<Figure, number>>;
  readonly end: Readonly<Record<Figure, number>>;
}

/** Of the intervals after the first fifth: which of them tell something of p99, and what. */
export interface LatencyVerdict {
  readonly compared: number;
  /** The generator was too late in them. */
  readonly late: number;
  /** Other programs took the balancer's core in them; those that were late as well count as late. */
  readonly disturbed: number;
  /** Undefined when too few can be compared. */
  readonly trend: Trend | undefined;
}

/** More than the generator's timer is ever late by itself. */
const mostLateUs = 10_000;
/** Of fewer, what grows and what goes up and down are hardly told apart. */
const fewestCompared = 10;
/** One run in a hundred may see growth where there is none. */
const mostChance = 0.01;

export function partsOf(samples: readonly SteadySample[]): SteadyParts {
  const part = (index: number) =>
    medians(
      samples.slice(Math.floor((samples.length * index) / 5), Math.ceil((samples.length * (index + 1)) / 5)),
    );
  return { begin: part(1), end: part(4) };
}

export function latencyVerdict(samples: readonly SteadySample[]): LatencyVerdict {
  const settled = samples.slice(Math.floor(samples.length / 5));
  const inTime = settled.filter(({ generatorLateUs }) => generatorLateUs <= mostLateUs);
  const quiet = inTime.filter(isQuiet);
  return {
    compared: quiet.length,
    late: settled.length - inTime.length,
    disturbed: inTime.length - quiet.length,
    trend: quiet.length < fewestCompared ? undefined : trendOf(quiet.map(({ p99Us }) => p99Us)),
  };
}

/** What has grown or gone wrong, or could not be seen, a sentence each. */
export function steadyFaults(samples: readonly SteadySample[], limits: SteadyLimits): string[] {
  const { begin, end } = partsOf(samples);
  const faults: string[] = [];
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
  if (failed > 0) faults.push(`${failed} requests failed, expected none`);
  const grown = end.residentMegabytes - begin.residentMegabytes;
  if (grown > limits.memoryMegabytes)
    faults.push(`memory grew by ${grown.toFixed(1)} MB, expected ${limits.memoryMegabytes} at most`);
  if (end.openFiles > begin.openFiles + limits.openFiles)
    faults.push(`${end.openFiles} files are open, expected ${begin.openFiles} as at the begin`);
  const { compared, late, disturbed, trend } = latencyVerdict(samples);
  if (trend === undefined)
    faults.push(
      `p99 can't be judged: ${compared} of ${compared + late + disturbed} intervals can be compared, expected ${fewestCompared} at least`,
    );
  else if (trend.chance < mostChance && trend.growth > limits.p99Ratio)
    faults.push(`p99 grew to ${trend.growth.toFixed(2)} × its begin, expected ${limits.p99Ratio} × at most`);
  return faults;
}

function medians(samples: readonly SteadySample[]): Readonly<Record<Figure, number>> {
  const of = (figure: Figure) => median(samples.map((sample) => sample[figure]));
  return {
    residentMegabytes: of("residentMegabytes"),
    openFiles: of("openFiles"),
    cpuUsPerRequest: of("cpuUsPerRequest"),
    p50Us: of("p50Us"),
    p99Us: of("p99Us"),
  };
}
