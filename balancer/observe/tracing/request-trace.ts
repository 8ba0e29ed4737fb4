import type { Outcome } from "../../cluster/attempt.ts";
import type { TraceIds } from "./trace-ids.ts";
import { formatTraceparent, type TraceParent } from "./trace-parent.ts";

/** One attempt of a request, for a span of its own. */
export interface AttemptTrace {
  readonly spanId: string;
  readonly targetId: string;
  readonly targetUrl: string;
  /** By the clock. */
  readonly startedAtMs: number;
  /** Undefined while it is open, or when its client left. */
  endedAtMs: number | undefined;
  status: number | undefined;
  /** Why there was no answer. */
  failure: string | undefined;
}

/** One request's part of a trace, while the request is under way. */
export class RequestTrace {
  /** Of a sampled one, in their order. */
  readonly attempts: AttemptTrace[] = [];

  constructor(
    private readonly ids: TraceIds,
    readonly traceId: string,
    /** Of the request. */
    readonly spanId: string,
    readonly isSampled: boolean,
    readonly parent: TraceParent | undefined,
  ) {}

  /** What the attempt's target is told: its parent is the attempt, where that has a span. */
  traceparent(attempt: AttemptTrace | undefined): string {
    return formatTraceparent(this.traceId, attempt?.spanId ?? this.spanId, this.isSampled);
  }

  /** An attempt begins; undefined when it gets no span. */
  begin(target: { readonly id: string; readonly url: string }, nowMs: number): AttemptTrace | undefined {
    if (!this.isSampled) return undefined;
    const attempt: AttemptTrace = {
      spanId: this.ids.span(),
      targetId: target.id,
      targetUrl: target.url,
      startedAtMs: nowMs,
      endedAtMs: undefined,
      status: undefined,
      failure: undefined,
    };
    this.attempts.push(attempt);
    return attempt;
  }
}

/** The attempt has ended, at `nowMs` of the clock. */
export function endAttemptTrace(attempt: AttemptTrace, outcome: Outcome, nowMs: number): void {
  attempt.endedAtMs = nowMs;
  if (outcome.kind === "answered") attempt.status = outcome.status;
  else attempt.failure = outcome.kind === "failed" ? outcome.reason : "cancelled";
}
