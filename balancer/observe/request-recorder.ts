import type { Clock } from "../cluster/clock.ts";
import type { AccessLog } from "./access-log.ts";
import type { ListenerCounts } from "./listener-counts.ts";
import { type LoggedExchange, type LoggedRequest, withoutExchange } from "./logged.ts";
import { type RefusalReason, reasonOfStatus } from "./refusal-reason.ts";
import type { RequestTrace } from "./tracing/request-trace.ts";
import type { Tracer } from "./tracing/tracer.ts";

/** What a listener's edge tells of every request that is over: it is counted, and logged where there is a log. */
export class RequestRecorder {
  constructor(
    private readonly clock: Clock,
    readonly counts: ListenerCounts,
    private readonly accessLog: AccessLog | undefined,
    private readonly tracer: Tracer | undefined,
  ) {}

  get isTracing(): boolean {
    return this.tracer !== undefined;
  }

  /** Begins the request's part of its trace; undefined where nothing is traced. */
  trace(request: LoggedRequest): RequestTrace | undefined {
    return this.tracer?.begin(request.traceParent);
  }

  /** Whether a request's `Referer` and `User-Agent` are wanted. */
  get hasAgent(): boolean {
    return this.accessLog?.hasAgent === true;
  }

  /** For {@link LoggedRequest.encoded}. */
  encode(request: LoggedRequest): Uint8Array | undefined {
    return this.accessLog?.encode(request);
  }

  /**
   * `status` as sent; 499 when the client left before its answer was whole. `reason`: why the answer is the balancer's own.
   */
  record(
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
    nowMs = this.clock.now(),
    reason?: RefusalReason,
  ): void {
    const traffic = this.counts.to(request.group);
    traffic.ended(status);
    traffic.carried(exchange.bytesSent, exchange.bytesReceived);
    // A tunnel is open for as long as its ends like.
    if (status !== 101) traffic.duration.record(nowMs - exchange.startedAtMs);
    if (exchange.attempts > 1) traffic.retried(exchange.attempts - 1);
    if (reason !== undefined) traffic.refused(reason);
    if (this.tracer !== undefined) this.recordTraced(this.tracer, request, status, exchange, nowMs);
    else this.accessLog?.record(request, status, exchange, nowMs);
  }

  /** As {@link record} for a request that no target was asked for. */
  recordOwn(request: LoggedRequest, status: number, nowMs = this.clock.now()): void {
    const reason = status >= 400 ? reasonOfStatus(status) : undefined;
    this.record(request, status, withoutExchange(nowMs), nowMs, reason);
  }

  private recordTraced(
    tracer: Tracer,
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
    nowMs: number,
  ): void {
    const trace = exchange.trace ?? tracer.begin(request.traceParent);
    this.accessLog?.record(request, status, exchange, nowMs, trace.traceId);
    if (!trace.isSampled) return;
    const atMs = Date.now();
    const { firstByteMs, target, startedAtMs } = exchange;
    if (status !== 101)
      this.counts.to(request.group).duration.exemplify(nowMs - startedAtMs, trace.traceId, atMs);
    if (firstByteMs !== undefined) target?.tally.exemplify(firstByteMs, trace.traceId, atMs);
    tracer.end(trace, this.counts.name, request, status, exchange, nowMs);
  }
}
