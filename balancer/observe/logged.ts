import type { TargetTally } from "../cluster/target-tally.ts";
import type { RequestTrace } from "./tracing/request-trace.ts";
import type { TraceParent } from "./tracing/trace-parent.ts";

/** What is recorded of a request. */
export interface LoggedRequest {
  /** The client's own address. */
  readonly client: string;
  readonly method: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** Such as `HTTP/1.1`. */
  readonly version: string;
  /** Undefined when no route took the request. */
  readonly group: string | undefined;
  /** The value of a field, for log formats that have it; null when there is none. */
  readonly referer: string | null;
  readonly userAgent: string | null;
  /** What the client says of the trace that this is part of; undefined where that is nothing, or nothing is traced. */
  readonly traceParent: TraceParent | undefined;
  /** What {@link LineFormat.encode} has made of all of the above, where it is kept because the same request comes again. */
  readonly encoded?: Uint8Array | undefined;
}

/** What is recorded of how the request was forwarded. */
export interface LoggedExchange {
  /** {@link Clock.now} at the beginning. */
  readonly startedAtMs: number;
  /** Attempts begun. */
  readonly attempts: number;
  /** Bytes of the request's body that went to targets, with their framing. */
  readonly bytesSent: number;
  /** Content bytes of the answer. */
  readonly bytesReceived: number;
  /** From the last attempt's beginning to its answer. */
  readonly firstByteMs: number | undefined;
  /** What went wrong last. */
  readonly fault: string | undefined;
  /** The last target tried. */
  readonly target: LoggedTarget | undefined;
  /** Undefined where nothing is traced. */
  readonly trace: RequestTrace | undefined;
}

export interface LoggedTarget {
  readonly id: string;
  readonly tally: Pick<TargetTally, "exemplify">;
}

/** Of a request that no target was asked for. */
export function withoutExchange(startedAtMs: number): LoggedExchange {
  return {
    startedAtMs,
    attempts: 0,
    bytesSent: 0,
    bytesReceived: 0,
    firstByteMs: undefined,
    fault: undefined,
    target: undefined,
    trace: undefined,
  };
}
