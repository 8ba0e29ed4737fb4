import type { Clock } from "../../cluster/clock.ts";
import type { LoadReport } from "../../cluster/load-report.ts";
import type { Target } from "../../cluster/target.ts";

/** A target that has just come (back) may report the calm before its work: Envoy's `blackout_period`. */
const untrustedMs = 10_000;
/** Older reports say nothing any more: Envoy's `weight_expiration_period`. */
const expiryMs = 180_000;

/**
 * Loads as the targets report them, guarded as Envoy's client-side weighted round robin guards its ORCA reports.
 * What was sent since the last report is added, or everything would go to the last idle target until the next one.
 */
export class LoadScores {
  /** For targets without a report that can be trusted. */
  private typicalLoad = 0;
  /** Attempts begun since the last report, on the average of those that have one. */
  private typicalSent = 0;
  /** What one attempt adds to a load, on the average of those that have a report. */
  private loadPerAttempt = 1;
  /** When all reports are young, comparing them is better than nothing. */
  private trustYoung = true;
  /** At the last {@link refresh}. */
  private nowMs = 0;
  private reportCount = 0;

  constructor(private readonly clock: Clock) {}

  /** Whether any target had a report to go by at the last {@link refresh}. */
  get isInformed(): boolean {
    return this.reportCount > 0;
  }

  /** Takes the averages from the targets as they are now. */
  refresh(targets: readonly Target[]): void {
    const nowMs = this.clock.now();
    this.nowMs = nowMs;
    this.trustYoung = true;
    for (const target of targets) {
      target.loadReport.refresh();
      const report = liveReport(target, nowMs);
      if (report !== undefined && isMature(report, nowMs)) this.trustYoung = false;
    }
    let reports = 0;
    let load = 0;
    let attempts = 0;
    for (const target of targets) {
      const report = this.trustedReport(target, nowMs);
      if (report === undefined) continue;
      reports++;
      load += report.load;
      attempts += report.begunSincePrevious;
    }
    this.reportCount = reports;
    this.typicalLoad = reports > 0 ? load / reports : 0;
    // Of use only for targets without a report, and dear: it changes with every attempt.
    this.typicalSent = reports > 0 && reports < targets.length ? this.sent(targets, nowMs) / reports : 0;
    // Never 0, even when all machines idle: attempts sent since must tell equal reports apart.
    this.loadPerAttempt = attempts > 0 && load > 0 ? load / attempts : 1;
  }

  /** In the unit of the reports, as of the last {@link refresh}. */
  of(target: Target): number {
    const live = liveReport(target, this.nowMs);
    const trusted = live !== undefined && this.isTrusted(live, this.nowMs) ? live : undefined;
    const sent = live === undefined ? this.typicalSent + target.inFlight : live.sentSince(target.begun);
    const load = trusted?.load ?? this.typicalLoad;
    return load + (sent * this.loadPerAttemptAt(trusted)) / target.weight;
  }

  /** A small machine's load rises more with each attempt; with few attempts its report says little of that. */
  private loadPerAttemptAt(report: LoadReport | undefined): number {
    if (report === undefined) return this.loadPerAttempt;
    return (report.load + this.loadPerAttempt) / (report.begunSincePrevious + 1);
  }

  private sent(targets: readonly Target[], nowMs: number): number {
    let sent = 0;
    for (const target of targets) sent += this.trustedReport(target, nowMs)?.sentSince(target.begun) ?? 0;
    return sent;
  }

  private trustedReport(target: Target, nowMs: number): LoadReport | undefined {
    const report = liveReport(target, nowMs);
    return report !== undefined && this.isTrusted(report, nowMs) ? report : undefined;
  }

  private isTrusted(report: LoadReport, nowMs: number): boolean {
    return this.trustYoung || isMature(report, nowMs);
  }
}

function liveReport(target: Target, nowMs: number): LoadReport | undefined {
  const report = target.loadReport;
  return !report.exists || nowMs - report.atMs > expiryMs ? undefined : report;
}

function isMature(report: LoadReport, nowMs: number): boolean {
  return nowMs - report.firstAtMs >= untrustedMs;
}
