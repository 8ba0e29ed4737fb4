import { isRefusal, type Outcome } from "./attempt.ts";
import type { Random } from "./random.ts";

export interface AdaptiveLimitRange {
  readonly min: number;
  readonly max: number;
}

/** A window ends after so long, when it has enough samples; of more than there is place for, the first count. */
const windowMs = 100;
const windowSamples = 10;
const maxSamples = 200;
/** The latency without load is measured anew this often, up to `jitter` later, so that balancers don't do it in step. */
const baselineEveryMs = 60_000;
const jitter = 0.15;
/** From so many samples, or from as many as have come in a second, if they are some. */
const baselineSamples = 50;
const baselineMs = 1000;
/** Latency may be this much above that without load before the limit falls. */
const buffer = 0.25;
const gradients = { least: 0.5, most: 2 } as const;

/**
 * How many requests may be in flight, found out from their latency: `limit ← limit·g + √(limit·g)`, where `g` is the latency
 * without load, and a quarter more, by that of now. The first is measured at the start and every minute by holding the limit
 * at its least for some fifty requests. As Envoy's adaptive concurrency with its gradient controller; unlike there the limit
 * does not grow while less than half of it is used, or it would be of no use when the load comes.
 */
export class AdaptiveLimit {
  private current: number;
  private baselineRttMs: number | undefined;
  private nextBaselineAtMs = Number.POSITIVE_INFINITY;
  /** Since when the baseline is measured; undefined while it is not. */
  private measuringSinceMs: number | undefined = Number.NEGATIVE_INFINITY;
  /** What was in flight before has ended: from here on attempts tell of the latency without load. */
  private isCalm = true;
  private readonly samples = new Float64Array(maxSamples);
  private count = 0;
  private windowEndsAtMs = Number.NEGATIVE_INFINITY;
  private peakInFlight = 0;

  constructor(
    private readonly range: AdaptiveLimitRange,
    private readonly random: Random,
  ) {
    this.current = range.min;
  }

  /** In flight at once. */
  get limit(): number {
    return this.measuringSinceMs === undefined ? Math.floor(this.current) : this.range.min;
  }

  /** An attempt has ended; `inFlight` are under way, itself included. What was refused says nothing of the load. */
  observe(outcome: Outcome, startedAtMs: number, nowMs: number, inFlight: number): void {
    const rttMs = rttOf(outcome, startedAtMs, nowMs);
    if (rttMs === undefined) return;
    this.peakInFlight = Math.max(this.peakInFlight, inFlight);
    if (this.measuringSinceMs !== undefined) this.measure(rttMs, startedAtMs, nowMs, inFlight);
    else this.follow(rttMs, nowMs);
  }

  private measure(rttMs: number, startedAtMs: number, nowMs: number, inFlight: number): void {
    if (!this.isCalm) {
      this.isCalm = inFlight <= this.range.min;
      if (this.isCalm) this.measuringSinceMs = nowMs;
      return;
    }
    // The very first attempt starts the time.
    if (this.measuringSinceMs === Number.NEGATIVE_INFINITY) this.measuringSinceMs = startedAtMs;
    const sinceMs = this.measuringSinceMs ?? nowMs;
    if (startedAtMs < sinceMs) return;
    this.add(rttMs);
    const isEnough = this.count >= baselineSamples;
    if (!isEnough && (this.count < windowSamples || nowMs - sinceMs < baselineMs)) return;
    this.baselineRttMs = this.takeMedian();
    this.measuringSinceMs = undefined;
    this.nextBaselineAtMs = nowMs + baselineEveryMs * (1 + jitter * this.random());
    this.windowEndsAtMs = nowMs + windowMs;
    this.peakInFlight = 0;
  }

  private follow(rttMs: number, nowMs: number): void {
    this.add(rttMs);
    if (nowMs < this.windowEndsAtMs || this.count < windowSamples) return;
    this.adjust(this.takeMedian());
    this.windowEndsAtMs = nowMs + windowMs;
    this.peakInFlight = 0;
    if (nowMs < this.nextBaselineAtMs) return;
    this.measuringSinceMs = nowMs;
    this.isCalm = false;
  }

  private adjust(rttMs: number): void {
    const { min, max } = this.range;
    const wanted = ((this.baselineRttMs ?? rttMs) * (1 + buffer)) / rttMs;
    const gradient = Math.min(gradients.most, Math.max(gradients.least, wanted));
    const target = this.current * gradient;
    const next = Math.min(max, Math.max(min, target + Math.sqrt(target)));
    if (next <= this.current || this.peakInFlight >= this.current / 2) this.current = next;
  }

  private add(rttMs: number): void {
    if (this.count < maxSamples) this.samples[this.count++] = rttMs;
  }

  private takeMedian(): number {
    const sorted = this.samples.subarray(0, this.count).sort();
    const median = sorted[this.count >> 1] ?? 0;
    this.count = 0;
    return Math.max(median, Number.EPSILON);
  }
}

/** Undefined for what says nothing of the load. */
function rttOf(outcome: Outcome, startedAtMs: number, nowMs: number): number | undefined {
  if (outcome.kind === "failed" && outcome.reason === "timeout") return nowMs - startedAtMs;
  return outcome.kind === "answered" && !isRefusal(outcome) ? outcome.firstByteMs : undefined;
}
