import type { Outcome } from "../../cluster/attempt.ts";
import type { Clock } from "../../cluster/clock.ts";
import { LatencyQuantile } from "../../cluster/latency-quantile.ts";
import type { GroupConfig } from "../../config/schema.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";

/** Hedges are worth finer timing than timeouts. */
const resolutionMs = 1;
/** The list is made anew when the quantile differs by more from that of the list: it holds one time alone. */
const tolerance = 0.1;
const minDelayMs = 1;

/** When a group's requests get a second attempt: after a fixed time, or after most would have been answered. */
export class Hedging {
  private readonly methods: ReadonlySet<string>;
  private readonly latencies: LatencyQuantile | undefined;
  private deadlines: Deadlines | undefined;
  private delayMs = 0;

  constructor(
    { after, methods }: NonNullable<GroupConfig["hedge"]>,
    private readonly clock: Clock,
  ) {
    this.methods = new Set(methods);
    if (after.kind === "quantile") this.latencies = new LatencyQuantile(after.quantile);
    else this.deadlines = new Deadlines(clock, after.delayMs, resolutionMs);
  }

  /** The list that says when to hedge the request which begins now; undefined for not at all. */
  deadlinesFor({ method, body, isUpgrade }: ForwardRequest): Deadlines | undefined {
    if (body !== undefined || isUpgrade || !this.methods.has(method)) return undefined;
    return this.deadlines;
  }

  /** An attempt has ended. One that was given up tells that it would have taken longer still. */
  observe(outcome: Outcome, startedAtMs: number, nowMs: number): void {
    if (this.latencies === undefined) return;
    if (outcome.kind === "answered") this.latencies.record(outcome.firstByteMs, nowMs);
    else if (outcome.kind === "cancelled" && nowMs - startedAtMs >= this.delayMs)
      this.latencies.record(nowMs - startedAtMs, nowMs);
    else return;
    const quantileMs = this.latencies.valueMs;
    if (quantileMs === undefined || Math.abs(quantileMs - this.delayMs) <= this.delayMs * tolerance) return;
    this.delayMs = Math.max(minDelayMs, quantileMs);
    this.deadlines = new Deadlines(this.clock, this.delayMs, resolutionMs);
  }
}
