import type { Target } from "../cluster/target.ts";
import type { ProbeReport } from "./policy.ts";

/** A target's latest report, corrected by what has been sent to it since. */
export interface PooledReport {
  readonly target: Target;
  readonly latencyMs: number;
  readonly atMs: number;
  inFlight: number;
  /** Queries that it may still decide. */
  usesLeft: number;
}

/** Recent in-flight counts from which the quantile is taken. */
const remembered = 64;

/** Prequal's pool of reports, one of each target at most, and what it remembers of their in-flight counts. */
export class ProbePool {
  /** Oldest first. */
  readonly reports: PooledReport[] = [];
  private readonly inFlights = new Float64Array(remembered);
  private readonly sorted = new Float64Array(remembered);
  private inFlightCount = 0;

  constructor(
    private readonly size: number,
    private readonly lifeMs: number,
    private readonly hotQuantile: number,
  ) {}

  /** Takes a report in; it replaces the target's last one, or the oldest when the pool is full. */
  add(target: Target, report: ProbeReport, nowMs: number, uses: number): void {
    const replaced = this.reports.findIndex((r) => r.target === target);
    if (replaced >= 0) this.reports.splice(replaced, 1);
    else if (this.reports.length >= this.size) this.reports.shift();
    const inFlight = report.inFlight ?? target.inFlight;
    this.reports.push({ target, latencyMs: report.latencyMs, atMs: nowMs, inFlight, usesLeft: uses });
    this.inFlights[this.inFlightCount++ % remembered] = inFlight / target.weight;
  }

  dropExpired(nowMs: number): void {
    for (let oldest = this.reports[0]; oldest !== undefined; oldest = this.reports[0]) {
      if (nowMs - oldest.atMs <= this.lifeMs) return;
      this.reports.shift();
    }
  }

  remove(report: PooledReport): void {
    const index = this.reports.indexOf(report);
    if (index >= 0) this.reports.splice(index, 1);
  }

  /** In-flight above which a target is hot: the quantile (nearest rank) of the recent reports. */
  hotAbove(): number {
    const count = Math.min(this.inFlightCount, remembered);
    const recent = this.sorted.subarray(0, count);
    recent.set(this.inFlights.subarray(0, count));
    recent.sort();
    return recent[Math.max(0, Math.ceil(this.hotQuantile * count) - 1)] ?? 0;
  }
}

/** The hot-cold lexicographic rule: of the cold the one with the lowest latency; if all are hot, the fewest in flight. */
export function hotColdBest(reports: readonly PooledReport[], hotAbove: number): PooledReport | undefined {
  return reports.reduce<PooledReport | undefined>(
    (best, report) => (best === undefined || isBetter(report, best, hotAbove) ? report : best),
    undefined,
  );
}

/** The one that the rule would choose last: the hot one with the most in flight; if none is hot, the highest latency. */
export function hotColdWorst(reports: readonly PooledReport[], hotAbove: number): PooledReport | undefined {
  return reports.reduce<PooledReport | undefined>(
    (worst, report) => (worst === undefined || isBetter(worst, report, hotAbove) ? report : worst),
    undefined,
  );
}

function isBetter(a: PooledReport, b: PooledReport, hotAbove: number): boolean {
  const loadA = a.inFlight / a.target.weight;
  const loadB = b.inFlight / b.target.weight;
  const hotA = loadA > hotAbove;
  const hotB = loadB > hotAbove;
  if (hotA !== hotB) return hotB;
  return hotA ? loadA < loadB : a.latencyMs / a.target.weight < b.latencyMs / b.target.weight;
}
