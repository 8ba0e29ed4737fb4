import type { Clock, Timer } from "../../cluster/clock.ts";
import type { LoggedExchange, LoggedRequest } from "../logged.ts";
import { type AttemptTrace, RequestTrace } from "./request-trace.ts";
import { isInRatio, TraceIds } from "./trace-ids.ts";
import type { TraceParent } from "./trace-parent.ts";

/** A sampled request that is over: all that its spans are made of. Plain data, for threads to hand on. */
export interface TraceRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined where the trace begins here. */
  readonly parentSpanId: string | undefined;
  readonly state: string;
  readonly listener: string;
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly version: string;
  readonly group: string | undefined;
  readonly status: number;
  readonly fault: string | undefined;
  /** Times are by the clock; `epochOffsetMs` makes them ms since 1970. */
  readonly epochOffsetMs: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attempts: readonly AttemptTrace[];
}

const flushMs = 1000;
const flushRecords = 256;

/** Begins this thread's traces, and gathers those of requests that are over. */
export class Tracer {
  private readonly ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
  private records: TraceRecord[] = [];
  private timer: Timer | undefined;

  /** `deliver` takes records in batches, off the requests' way. */
  constructor(
    private readonly clock: Clock,
    private readonly ratio: number,
    private readonly deliver: (records: readonly TraceRecord[]) => void,
  ) {}

  /** Goes on with the client's trace and its word about sampling; without one begins a new trace. */
  begin(parent: TraceParent | undefined): RequestTrace {
    const traceId = parent?.traceId ?? this.ids.trace();
    const isSampled = parent?.isSampled ?? isInRatio(traceId, this.ratio);
    return new RequestTrace(this.ids, traceId, this.ids.span(), isSampled, parent);
  }

  /** A sampled request is over, `nowMs` by the clock. */
  end(
    trace: RequestTrace,
    listener: string,
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
    nowMs: number,
  ): void {
    const { client, method, host, path, version, group } = request;
    const { traceId, spanId, parent, attempts } = trace;
    this.records.push({
      traceId,
      spanId,
      parentSpanId: parent?.spanId,
      state: parent?.state ?? "",
      listener,
      client,
      method,
      host,
      path,
      version,
      group,
      status,
      fault: exchange.fault,
      epochOffsetMs: Date.now() - this.clock.now(),
      startedAtMs: exchange.startedAtMs,
      endedAtMs: nowMs,
      attempts,
    });
    if (this.records.length >= flushRecords) this.flush();
    else this.timer ??= this.clock.after(flushMs, this.flush);
  }

  /** Hands on what there is. */
  readonly flush = (): void => {
    this.timer?.cancel();
    this.timer = undefined;
    const { records } = this;
    if (records.length === 0) return;
    this.records = [];
    this.deliver(records);
  };
}
