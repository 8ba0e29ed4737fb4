import type { Histogram } from "hdr-histogram-js";
import type { ExchangeEnd } from "./connection.ts";
import type { LoadPlan } from "./plan.ts";
import { type FailureKind, failureKinds, type LoadResult } from "./result.ts";
import { latencyHistogram, percentileUs, recordLatency, Samples, summarize } from "./samples.ts";

/** What the generator itself knows of a run. */
export interface RunFacts {
  readonly startedAt: string;
  readonly connectMs: number;
  readonly retries: number;
  readonly peakConnections: number;
  readonly maxScheduleLagMs: number;
}

/** Accounts for every request of one measurement. */
export class Recorder {
  sent = 0;
  answered = 0;
  failed = 0;
  private firstStartMs = Number.POSITIVE_INFINITY;
  private lastEndMs = 0;
  private readonly statuses = new Map<number, number>();
  private readonly failures: Record<FailureKind, number> = { connect: 0, timeout: 0, reset: 0, protocol: 0 };
  private readonly mistakes = new Map<string, number>();
  private readonly latency = latencyHistogram();
  private readonly targets = new Map<string, Histogram>();
  private readonly samples = new Samples();

  constructor(private readonly plan: LoadPlan) {}

  start(intendedAtMs: number): void {
    this.sent++;
    this.firstStartMs = Math.min(this.firstStartMs, intendedAtMs);
  }

  end(intendedAtMs: number, nowMs: number, end: ExchangeEnd): void {
    this.lastEndMs = nowMs;
    if (end.kind !== "answered") {
      this.failed++;
      this.failures[end.kind === "failed" ? end.reason : "reset"]++;
      return;
    }
    this.answered++;
    this.statuses.set(end.head.status, (this.statuses.get(end.head.status) ?? 0) + 1);
    if (end.excessBytes > 0) this.mistake("bytes after the response");
    const latencyUs = (nowMs - intendedAtMs) * 1000;
    recordLatency(this.latency, latencyUs);
    this.samples.add(nowMs - this.firstStartMs, latencyUs);
    this.attribute(end, latencyUs);
  }

  /** Throws when a request is not accounted for: that would be a bug of the generator. */
  result(facts: RunFacts): LoadResult {
    const unanswered = failureKinds.reduce((sum, kind) => sum + this.failures[kind], 0);
    const answered = [...this.statuses.values()].reduce((sum, times) => sum + times, 0);
    if (answered + unanswered !== this.sent || this.latency.totalCount !== answered) {
      throw new Error(`${this.sent} requests, but ${answered} answers and ${unanswered} failures`);
    }
    const wallMs = this.sent === 0 ? 0 : this.lastEndMs - this.firstStartMs;
    return {
      startedAt: facts.startedAt,
      plan: this.plan,
      connectMs: facts.connectMs,
      wallMs,
      requests: this.sent,
      statuses: Object.fromEntries(this.statuses),
      failures: { ...this.failures },
      retries: facts.retries,
      peakConnections: facts.peakConnections,
      maxScheduleLagMs: facts.maxScheduleLagMs,
      latency: summarize(this.latency),
      targets: this.targetResults(),
      timeline: this.samples.timeline(wallMs),
      mistakes: Object.fromEntries(this.mistakes),
    };
  }

  private attribute(end: ExchangeEnd & { kind: "answered" }, latencyUs: number): void {
    const { head, body } = end;
    const checked = this.plan.expectCluster !== undefined && head.status < 300;
    let target = head.target;
    if (head.json && (checked || target === undefined)) {
      const stated = parseIdentity(body);
      target ??= stated.instance;
      if (checked && stated.cluster === undefined) this.mistake("cluster not stated");
      else if (checked && stated.cluster !== this.plan.expectCluster) this.mistake("unexpected cluster");
    }
    if (target === undefined) return;
    let histogram = this.targets.get(target);
    if (histogram === undefined) {
      histogram = latencyHistogram();
      this.targets.set(target, histogram);
    }
    recordLatency(histogram, latencyUs);
  }

  private targetResults(): LoadResult["targets"] {
    const byName = [...this.targets].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
    return Object.fromEntries(
      byName.map(([target, histogram]) => [
        target,
        {
          requests: histogram.totalCount,
          p50Us: percentileUs(histogram, 50),
          p99Us: percentileUs(histogram, 99),
        },
      ]),
    );
  }

  private mistake(kind: string): void {
    this.mistakes.set(kind, (this.mistakes.get(kind) ?? 0) + 1);
  }
}

/** `instance` and `cluster` of a backend's JSON reply; a body that is none states neither. */
function parseIdentity(body: Buffer): { instance: string | undefined; cluster: string | undefined } {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return { instance: undefined, cluster: undefined };
  }
  const text = (key: string) => {
    const field: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    return typeof field === "string" ? field : undefined;
  };
  return { instance: text("instance"), cluster: text("cluster") };
}
