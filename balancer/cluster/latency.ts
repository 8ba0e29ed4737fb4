/** No more than this many samples count, so that a busy target's estimate stays quick to change. */
const maxEvidence = 100;

/**
 * A moving average of latencies in which a sample's weight falls as e^(−age/decay):
 * `num ← num·w + x`, `den ← den·w + 1`, `w = e^(−Δt/decay)`, average `num/den`. It differs from the
 * peak-EWMA of Finagle and tower in that a sample does not weigh by the time since the one before it,
 * so that `den` says how many samples the average rests on. Why: docs/decisions/latency-estimate.md.
 */
export class LatencyEstimate {
  private latencySum = 0;
  private inFlightSum = 0;
  private weightSum = 0;
  private updatedAtMs = 0;

  constructor(private readonly decayMs: number) {}

  /** `inFlight`: attempts at the target when this one was chosen, itself included. */
  record(sampleMs: number, nowMs: number, inFlight = 1): void {
    const kept = this.keptAt(nowMs);
    const weight = this.weightSum * kept;
    const room = Math.min(1, (maxEvidence - 1) / weight);
    this.latencySum = this.latencySum * kept * room + sampleMs;
    this.inFlightSum = this.inFlightSum * kept * room + inFlight;
    this.weightSum = weight * room + 1;
    this.updatedAtMs = nowMs;
  }

  /** Forgets all samples. */
  reset(): void {
    this.latencySum = 0;
    this.inFlightSum = 0;
    this.weightSum = 0;
  }

  /** Average in ms; undefined while there is no sample. */
  get averageMs(): number | undefined {
    return this.weightSum > 0 ? this.latencySum / this.weightSum : undefined;
  }

  /** Average of the attempts in flight under which the samples were taken; undefined as {@link averageMs}. */
  get averageInFlight(): number | undefined {
    return this.weightSum > 0 ? this.inFlightSum / this.weightSum : undefined;
  }

  /** How many fresh samples the average is worth now: from 0, for none or only stale ones, to 100. */
  evidenceAt(nowMs: number): number {
    return this.weightSum * this.keptAt(nowMs);
  }

  private keptAt(nowMs: number): number {
    return Math.exp((this.updatedAtMs - nowMs) / this.decayMs);
  }
}
