/** No more than this many samples count, so that a busy target's estimate stays quick to change. */
const maxEvidence = 100;

/**
 * An average resting on less than so many samples is dropped for a sample so many times faster: few or stale
 * ones that were much slower tell of a fault that is over.
 */
const refutableEvidence = 3;
const refutingRatio = 10;

/**
 * A moving average over time, `num ← num·w + x`, `den ← den·w + 1`, average `num/den`, with `w = e^(−Δt/decay)`. A sample
 * weighs 1/n among n, but never less than in the usual EWMA (Finagle, tower), which is `1 − w`: many samples are averaged
 * well, and what comes after a pause counts for more than what came before it. `den` says how much the average is worth.
 * Why: docs/decisions/latency-estimate.md.
 */
export class LatencyEstimate {
  private latencySum = 0;
  private inFlightSum = 0;
  private weightSum = 0;
  private updatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly decayMs: number) {}

  /** `inFlight`: attempts at the target when this one was chosen, itself included. */
  record(sampleMs: number, nowMs: number, inFlight = 1): void {
    const evidence = this.evidenceAt(nowMs);
    const isRefuted = evidence < refutableEvidence && sampleMs * refutingRatio < (this.averageMs ?? 0);
    const kept = evidence > 0 && !isRefuted ? Math.min(evidence, maxEvidence - 1) / this.weightSum : 0;
    this.latencySum = this.latencySum * kept + sampleMs;
    this.inFlightSum = this.inFlightSum * kept + inFlight;
    this.weightSum = this.weightSum * kept + 1;
    this.updatedAtMs = nowMs;
  }

  /** Forgets all samples. */
  reset(): void {
    this.latencySum = 0;
    this.inFlightSum = 0;
    this.weightSum = 0;
    this.updatedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** How many samples the average is worth at its newest, 100 at most. */
  get samples(): number {
    return this.weightSum;
  }

  /** Average in ms; undefined while there is no sample. */
  get averageMs(): number | undefined {
    return this.weightSum > 0 ? this.latencySum / this.weightSum : undefined;
  }

  /** Average of the attempts in flight under which the samples were taken; undefined as {@link averageMs}. */
  get averageInFlight(): number | undefined {
    return this.weightSum > 0 ? this.inFlightSum / this.weightSum : undefined;
  }

  /** How many samples of now the average is worth: 0 for none or only stale ones, 100 at most. */
  evidenceAt(nowMs: number): number {
    const kept = this.freshnessAt(nowMs);
    return Math.min(this.weightSum * kept, kept / (1 - kept));
  }

  /** `e^(−age/decay)` of the newest sample, or of `sinceMs` where that is newer: 1 for now, going to 0. */
  freshnessAt(nowMs: number, sinceMs = Number.NEGATIVE_INFINITY): number {
    return Math.exp((Math.max(this.updatedAtMs, sinceMs) - nowMs) / this.decayMs);
  }
}
