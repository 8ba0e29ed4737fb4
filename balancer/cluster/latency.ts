/** No more than this many samples count, so that a busy target's estimate stays quick to change. */
export const maxEvidence = 100;

/** Where sample and average are so many times apart, one of them does not tell how the target is now. */
const extremeRatio = 10;
/**
 * An average resting on fewer samples than this gives way to a sample that much faster: few or stale ones tell of a fault
 * that is over. One resting on more takes a sample that much slower for no more than the ratio: one answer in a hundred that
 * is late by seconds must not keep its target out, and one that has turned slow goes on to be.
 */
const soundEvidence = 3;

const slots = { latencySum: 0, inFlightSum: 1, weightSum: 2, updatedAtMs: 3 } as const;
const slotCount = 4;

/**
 * A moving average over time, `num ← num·w + x`, `den ← den·w + 1`, average `num/den`, with `w = e^(−Δt/decay)`. A sample
 * weighs 1/n among n, but never less than in the usual EWMA (Finagle, tower), which is `1 − w`: many samples are averaged
 * well, and what comes after a pause counts for more than what came before it. `den` says how much the average is worth.
 * Why: docs/decisions/latency-estimate.md.
 */
export class LatencyEstimate {
  /** `values`: 4 slots from `at` on, all 0 for no sample; other threads may record in them too. */
  constructor(
    /** A sample of this age weighs 1/e of a new one. */
    public decayMs: number,
    private readonly values: Float64Array = new Float64Array(slotCount),
    private readonly at = 0,
  ) {}

  /** `inFlight`: attempts at the target when this one was chosen, itself included. */
  record(sampleMs: number, nowMs: number, inFlight = 1): void {
    const weightSum = this.samples;
    const evidence = this.evidenceAt(nowMs);
    const averageMs = this.averageMs ?? 0;
    const isSound = evidence >= soundEvidence;
    const isRefuted = !isSound && sampleMs * extremeRatio < averageMs;
    const countedMs = isSound && averageMs > 0 ? Math.min(sampleMs, averageMs * extremeRatio) : sampleMs;
    const kept = evidence > 0 && !isRefuted ? Math.min(evidence, maxEvidence - 1) / weightSum : 0;
    this.set(slots.latencySum, this.get(slots.latencySum) * kept + countedMs);
    this.set(slots.inFlightSum, this.get(slots.inFlightSum) * kept + inFlight);
    this.set(slots.weightSum, weightSum * kept + 1);
    this.set(slots.updatedAtMs, nowMs);
  }

  /** Forgets all samples. */
  reset(): void {
    this.values.fill(0, this.at, this.at + slotCount);
  }

  /** How many samples the average is worth at its newest, 100 at most. */
  get samples(): number {
    return this.get(slots.weightSum);
  }

  /** Average in ms; undefined while there is no sample. */
  get averageMs(): number | undefined {
    return this.average(slots.latencySum);
  }

  /** Average of the attempts in flight under which the samples were taken; undefined as {@link averageMs}. */
  get averageInFlight(): number | undefined {
    return this.average(slots.inFlightSum);
  }

  /** How many samples of now the average is worth: 0 for none or only stale ones, 100 at most. */
  evidenceAt(nowMs: number): number {
    const kept = this.freshnessAt(nowMs);
    return Math.min(this.samples * kept, kept / (1 - kept));
  }

  /** `e^(−age/decay)` of the newest sample, or of `sinceMs` where that is newer: 1 for now, going to 0. */
  freshnessAt(nowMs: number, sinceMs = Number.NEGATIVE_INFINITY): number {
    const sampledAtMs = this.samples > 0 ? this.get(slots.updatedAtMs) : Number.NEGATIVE_INFINITY;
    // Another thread may have recorded since this one looked at its clock: nothing is newer than now.
    return Math.exp(Math.min(0, Math.max(sampledAtMs, sinceMs) - nowMs) / this.decayMs);
  }

  private average(slot: number): number | undefined {
    const weightSum = this.samples;
    return weightSum > 0 ? this.get(slot) / weightSum : undefined;
  }

  private get(slot: number): number {
    return this.values[this.at + slot] ?? 0;
  }

  private set(slot: number, value: number): void {
    this.values[this.at + slot] = value;
  }
}
