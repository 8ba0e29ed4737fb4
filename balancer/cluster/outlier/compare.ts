import type { LatencyRules, SuccessRateRules } from "./rules.ts";

/** What a target did in an interval. */
export interface Sample<T> {
  readonly target: T;
  readonly requests: number;
  readonly failures: number;
  /** Average in ms; undefined while there is none. */
  readonly latencyMs: number | undefined;
}

export interface RateOutlier<T> {
  readonly target: T;
  /** Of its requests, 0 to 1. */
  readonly rate: number;
  /** The others' mean. */
  readonly othersRate: number;
}

/** Standard errors of a rate: many targets are compared, again and again, and each time chance has another try. */
const chanceDeviations = 4;

/**
 * Targets that succeed less often than the others, the worst first. Envoy compares with the mean and deviation of all, the
 * outlier included; of five targets none can then be 1.9 deviations away. Here the others alone count, and the distance has to
 * be more than chance makes of so many requests.
 */
export function successRateOutliers<T>(
  samples: readonly Sample<T>[],
  rules: SuccessRateRules,
): RateOutlier<T>[] {
  const known = samples.filter(({ requests }) => requests >= rules.requestVolume);
  if (known.length < rules.minimumHosts) return [];
  return known
    .flatMap((sample): RateOutlier<T>[] => {
      const others = known.filter((other) => other !== sample).map(rateOf);
      if (others.length === 0) return [];
      const othersRate = mean(others);
      const deviation = Math.sqrt(mean(others.map((rate) => (rate - othersRate) ** 2)));
      const chance = Math.sqrt((othersRate * (1 - othersRate)) / sample.requests);
      const gap = Math.max(rules.minimumGap, rules.stdevFactor * deviation, chanceDeviations * chance);
      const rate = rateOf(sample);
      return rate < othersRate && rate <= othersRate - gap
        ? [{ target: sample.target, rate, othersRate }]
        : [];
    })
    .toSorted((a, b) => a.rate - b.rate);
}

export interface LatencyOutlier<T> {
  readonly target: T;
  readonly latencyMs: number;
  readonly othersMs: number;
}

/** Targets that take so many times longer than the others' median, the slowest first. */
export function latencyOutliers<T>(samples: readonly Sample<T>[], rules: LatencyRules): LatencyOutlier<T>[] {
  const known = samples.flatMap(({ target, requests, latencyMs }) =>
    latencyMs !== undefined && requests >= rules.requestVolume ? [{ target, latencyMs }] : [],
  );
  if (known.length < rules.minimumHosts) return [];
  return known
    .flatMap((sample): LatencyOutlier<T>[] => {
      const othersMs = lowerMedian(known.filter((o) => o !== sample).map(({ latencyMs }) => latencyMs));
      return othersMs !== undefined && sample.latencyMs > rules.factor * othersMs
        ? [{ ...sample, othersMs }]
        : [];
    })
    .toSorted((a, b) => b.latencyMs - a.latencyMs);
}

/** How many rows of so many failures chance brings above which such a row says nothing. */
const expectedByChance = 0.01;

/**
 * Whether a row of `length` failures is what chance makes of so many `requests`, given how often the others fail: an
 * application that fails for a certain request fails everywhere, and ejecting one target after the other would help nobody.
 */
export function isStreakByChance<T>(length: number, requests: number, others: readonly Sample<T>[]): boolean {
  // One success more than there was: a single failure is no rate. Of two the lower: it takes more than one bad other.
  const usual = lowerMedian(others.map((other) => other.failures / (other.requests + 1))) ?? 0;
  return requests * usual ** length >= expectedByChance;
}

function rateOf({ requests, failures }: Sample<unknown>): number {
  return 1 - failures / requests;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function lowerMedian(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
