/**
 * An exponentially weighted moving average over time:
 * `num ← num·w + x·(1−w)`, `den ← den·w + (1−w)`, `w = e^(−Δt/decay)`, average `num/den`
 * (the peak-EWMA of Finagle and tower without the peak). Keeping the denominator means that a
 * target without samples has no average rather than a flattering zero.
 */
export class LatencyEstimate {
  private numerator = 0;
  private denominator = 0;
  private updatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly decayMs: number) {}

  record(sampleMs: number, nowMs: number): void {
    const kept = Math.exp((this.updatedAtMs - nowMs) / this.decayMs);
    const added = 1 - kept;
    this.numerator = this.numerator * kept + sampleMs * added;
    this.denominator = this.denominator * kept + added;
    this.updatedAtMs = nowMs;
  }

  /** Average in ms; undefined while there is no sample. */
  get averageMs(): number | undefined {
    return this.denominator > 0 ? this.numerator / this.denominator : undefined;
  }
}
