/** What was seen in one interval. */
export interface SteadySample {
  /** Of its end, from the begin of all. */
  readonly atSeconds: number;
  /** At its end, when all requests have been answered. */
  readonly residentMegabytes: number;
  readonly openFiles: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Requests without an answer of 200. */
  readonly failed: number;
}

export interface SteadyLimits {
  readonly memoryMegabytes: number;
  readonly openFiles: number;
  /** Of the last part's p99, relative to the first part's. */
  readonly p99Ratio: number;
}

/** What is compared: the medians of the second and of the last fifth; the first is for what a program needs once. */
export interface SteadyParts {
  readonly begin: SteadySample;
  readonly end: SteadySample;
}

export function partsOf(samples: readonly SteadySample[]): SteadyParts {
  const part = (index: number) =>
    medians(
      samples.slice(Math.floor((samples.length * index) / 5), Math.ceil((samples.length * (index + 1)) / 5)),
    );
  return { begin: part(1), end: part(4) };
}

/** What has grown or gone wrong, a sentence each. */
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
  if (end.p99Us > begin.p99Us * limits.p99Ratio)
    faults.push(
      `p99 grew from ${(begin.p99Us / 1000).toFixed(2)} to ${(end.p99Us / 1000).toFixed(2)} ms, expected ${limits.p99Ratio} × at most`,
    );
  return faults;
}

function medians(samples: readonly SteadySample[]): SteadySample {
  const of = (figure: keyof SteadySample) => {
    const sorted = samples.map((sample) => sample[figure]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return {
    atSeconds: of("atSeconds"),
    residentMegabytes: of("residentMegabytes"),
    openFiles: of("openFiles"),
    p50Us: of("p50Us"),
    p99Us: of("p99Us"),
    failed: of("failed"),
  };
}
