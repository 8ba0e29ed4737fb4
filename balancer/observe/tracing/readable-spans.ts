import {
  type Attributes,
  createTraceState,
  type HrTime,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
} from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { AttemptTrace } from "./request-trace.ts";
import type { TraceRecord } from "./tracer.ts";

/** What stands in all spans of this process. */
export interface SpanOrigin {
  readonly resource: Resource;
  readonly instrumentationScope: ReadableSpan["instrumentationScope"];
}

/** One of the request and one of each attempt, by the conventions for HTTP spans (semantic conventions 1.23). */
export function spansOf(record: TraceRecord, origin: SpanOrigin): ReadableSpan[] {
  return [
    requestSpan(record, origin),
    ...record.attempts.map((attempt, index) => attemptSpan(record, attempt, index, origin)),
  ];
}

function requestSpan(record: TraceRecord, origin: SpanOrigin): ReadableSpan {
  const { spanId, parentSpanId, method, path, status, fault, attempts } = record;
  const queryAt = path.indexOf("?");
  return {
    ...frameOf(record, spanId, record.startedAtMs, record.endedAtMs, origin),
    ...(parentSpanId !== undefined && {
      parentSpanContext: { ...contextOf(record, parentSpanId), isRemote: true },
    }),
    kind: SpanKind.SERVER,
    attributes: known({
      ...methodAttributes(method),
      "url.path": queryAt < 0 ? path : path.slice(0, queryAt),
      "url.query": queryAt < 0 ? undefined : path.slice(queryAt + 1),
      ...serverAttributes(record.host),
      "client.address": record.client,
      "network.protocol.version": record.version.split("/")[1],
      "http.response.status_code": status,
      "error.type": status >= 500 ? String(status) : undefined,
      "ballast.listener": record.listener,
      "ballast.group": record.group,
    }),
    events: attempts.slice(1).map((attempt, index) => ({
      name: "retry",
      time: hrTime(record, attempt.startedAtMs),
      attributes: known({
        "ballast.target": attempt.targetId,
        "ballast.failed_target": attempts[index]?.targetId,
        "error.type": attempts[index]?.failure,
      }),
    })),
    // What the client did wrong, or its leaving, is no error of the server (semantic conventions, "Status").
    status: statusOf(status >= 500, fault),
  };
}

function attemptSpan(
  record: TraceRecord,
  attempt: AttemptTrace,
  index: number,
  origin: SpanOrigin,
): ReadableSpan {
  const { targetUrl, targetId, status, failure, startedAtMs, endedAtMs } = attempt;
  const { hostname, port } = new URL(targetUrl);
  const error = failure ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  return {
    ...frameOf(record, attempt.spanId, startedAtMs, endedAtMs ?? record.endedAtMs, origin),
    parentSpanContext: contextOf(record, record.spanId),
    kind: SpanKind.CLIENT,
    attributes: known({
      ...methodAttributes(record.method),
      "server.address": hostname,
      "server.port": port === "" ? undefined : Number(port),
      "http.response.status_code": status,
      "http.request.resend_count": index === 0 ? undefined : index,
      "error.type": error,
      "ballast.target": targetId,
      "ballast.group": record.group,
    }),
    events: [],
    status: statusOf(error !== undefined),
  };
}

/** What all spans of a record are told by. */
function frameOf(
  record: TraceRecord,
  spanId: string,
  startedAtMs: number,
  endedAtMs: number,
  origin: SpanOrigin,
): Omit<ReadableSpan, "kind" | "attributes" | "events" | "status"> {
  const context = contextOf(record, spanId);
  const name = methodName(record.method);
  return {
    ...origin,
    name: name === "_OTHER" ? "HTTP" : name,
    spanContext: () => context,
    startTime: hrTime(record, startedAtMs),
    endTime: hrTime(record, endedAtMs),
    duration: hrTimeOfMs(endedAtMs - startedAtMs),
    ended: true,
    links: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function contextOf({ traceId, state }: TraceRecord, spanId: string): SpanContext {
  const traceState = state === "" ? undefined : createTraceState(state);
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, ...(traceState && { traceState }) };
}

function statusOf(isError: boolean, message?: string): SpanStatus {
  if (!isError) return { code: SpanStatusCode.UNSET };
  return { code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) };
}

const knownMethods = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
]);

/** What a client made up would be a name for each. */
const methodName = (method: string) => (knownMethods.has(method) ? method : "_OTHER");

function methodAttributes(method: string): Readonly<Record<string, string | undefined>> {
  const name = methodName(method);
  return {
    "http.request.method": name,
    "http.request.method_original": name === method ? undefined : method,
  };
}

/** `host`: as in the field, perhaps with a port. */
function serverAttributes(host: string): Attributes {
  const [, address = host, port] = /^(.*):(\d+)$/.exec(host) ?? [];
  return { "server.address": address, "server.port": port === undefined ? undefined : Number(port) };
}

/** Without what is undefined. */
function known(values: Attributes): Attributes {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** `atMs`: by the clock of the record's thread. */
function hrTime({ epochOffsetMs }: TraceRecord, atMs: number): HrTime {
  return hrTimeOfMs(epochOffsetMs + atMs);
}

/** Seconds, and nanoseconds beyond them. */
function hrTimeOfMs(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
