/** Each bucket's upper end is this much above its lower one: what is read is right to a few percent. */
const ratio = 1.08;
const leastMs = 0.05;
/** Up to some ten minutes. */
const bucketCount = 210;
const logRatio = Math.log(ratio);
/** Fewer samples say nothing of the slowest few percent. */
const minSamples = 50;
/** So many samples, or samples of so long, and what is known counts half. */
const halvedAt = 2000;
const halvedAfterMs = 10_000;
/** The value is looked for anew after so many samples. */
const refreshEvery = 20;

/** A running quantile of latencies, of the last few thousand or the last seconds: a histogram that fades. */
export class LatencyQuantile {
  /** Undefined while too little is known. */
  valueMs: number | undefined;
  private readonly counts = new Float64Array(bucketCount);
  private total = 0;
  private sinceRefresh = 0;
  private halvedAtMs = Number.NEGATIVE_INFINITY;

  /** `quantile` from 0 to 1. */
  constructor(private readonly quantile: number) {}

  record(latencyMs: number, nowMs: number): void {
    const bucket = Math.ceil(Math.log(Math.max(latencyMs, leastMs) / leastMs) / logRatio);
    const index = Math.min(bucketCount - 1, bucket);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.total++;
    if (this.total >= halvedAt || nowMs - this.halvedAtMs > halvedAfterMs) this.fade(nowMs);
    if (++this.sinceRefresh < refreshEvery) return;
    this.sinceRefresh = 0;
    this.valueMs = this.total < minSamples ? undefined : this.find();
  }

  private fade(nowMs: number): void {
    this.halvedAtMs = nowMs;
    if (this.total < 2 * minSamples) return;
    this.total = 0;
    for (let index = 0; index < bucketCount; index++) {
      const half = (this.counts[index] ?? 0) / 2;
      this.counts[index] = half;
      this.total += half;
    }
  }

  private find(): number {
    let left = this.total * this.quantile;
    let index = 0;
    while (index < bucketCount - 1) {
      left -= this.counts[index] ?? 0;
      if (left <= 0) break;
      index++;
    }
    return leastMs * ratio ** index;
  }
}
