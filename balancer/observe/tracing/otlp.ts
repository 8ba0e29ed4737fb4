import type { AttemptTrace } from "./request-trace.ts";
import type { TraceRecord } from "./tracer.ts";

/** OTLP 1.5 in JSON: ids are hexadecimal, 64-bit numbers are texts, enumerations are numbers. */

/** Of opentelemetry.proto.trace.v1.Span.SpanKind. */
const kinds = { server: 2, client: 3 } as const;
/** Of opentelemetry.proto.trace.v1.Status.StatusCode. */
const errorCode = 2;

type Value = { readonly stringValue: string } | { readonly intValue: string };

interface KeyValue {
  readonly key: string;
  readonly value: Value;
}

interface Event {
  readonly name: string;
  readonly timeUnixNano: string;
  readonly attributes: readonly KeyValue[];
}

/** One span. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly Event[];
  readonly status?: { readonly code: number; readonly message?: string };
}

/** What stands in all requests to the collector. */
export interface Resource {
  readonly serviceName: string;
  readonly version: string;
  /** Tells this process from others of the same name. */
  readonly instanceId: string;
}

/** An `ExportTraceServiceRequest`. */
export function otlpRequest(records: readonly TraceRecord[], resource: Resource): object {
  const { serviceName, version, instanceId } = resource;
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributes({
            "service.name": serviceName,
            "service.version": version,
            "service.instance.id": instanceId,
          }),
        },
        scopeSpans: [{ scope: { name: "ballast", version }, spans: records.flatMap(spansOf) }],
      },
    ],
  };
}

/** One of the request and one of each attempt, by the conventions for HTTP spans (semantic conventions 1.23). */
export function spansOf(record: TraceRecord): OtlpSpan[] {
  const { traceId, spanId, parentSpanId, state, method, status, fault, attempts } = record;
  const name = methodName(method);
  const queryAt = record.path.indexOf("?");
  const request: OtlpSpan = {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(state !== "" && { traceState: state }),
    name: name === "_OTHER" ? "HTTP" : name,
    kind: kinds.server,
    startTimeUnixNano: nanos(record, record.startedAtMs),
    endTimeUnixNano: nanos(record, record.endedAtMs),
    attributes: attributes({
      ...methodAttributes(method),
      "url.path": queryAt < 0 ? record.path : record.path.slice(0, queryAt),
      "url.query": queryAt < 0 ? undefined : record.path.slice(queryAt + 1),
      "server.address": record.host,
      "client.address": record.client,
      "network.protocol.version": record.version.split("/")[1],
      "http.response.status_code": status,
      "error.type": status >= 500 ? String(status) : undefined,
      "ballast.listener": record.listener,
      "ballast.group": record.group,
    }),
    events: attempts.slice(1).map((attempt, index) => ({
      name: "retry",
      timeUnixNano: nanos(record, attempt.startedAtMs),
      attributes: attributes({
        "ballast.target": attempt.targetId,
        "ballast.failed_target": attempts[index]?.targetId,
        "error.type": attempts[index]?.failure,
      }),
    })),
    // What the client did wrong, or its leaving, is no error of the server (semantic conventions, "Status").
    ...(status >= 500 && { status: { code: errorCode, ...(fault !== undefined && { message: fault }) } }),
  };
  return [request, ...attempts.map((attempt, index) => attemptSpan(record, attempt, index))];
}

function attemptSpan(record: TraceRecord, attempt: AttemptTrace, index: number): OtlpSpan {
  const { traceId, spanId, state, method } = record;
  const { targetUrl, targetId, status, failure } = attempt;
  const { hostname, port } = new URL(targetUrl);
  const error = failure ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  const name = methodName(method);
  return {
    traceId,
    spanId: attempt.spanId,
    parentSpanId: spanId,
    ...(state !== "" && { traceState: state }),
    name: name === "_OTHER" ? "HTTP" : name,
    kind: kinds.client,
    startTimeUnixNano: nanos(record, attempt.startedAtMs),
    endTimeUnixNano: nanos(record, attempt.endedAtMs ?? record.endedAtMs),
    attributes: attributes({
      ...methodAttributes(method),
      "server.address": hostname,
      "server.port": port === "" ? undefined : Number(port),
      "http.response.status_code": status,
      "http.request.resend_count": index === 0 ? undefined : index,
      "error.type": error,
      "ballast.target": targetId,
      "ballast.group": record.group,
    }),
    ...(error !== undefined && { status: { code: errorCode } }),
  };
}

const known = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** What a client made up would be a name for each. */
const methodName = (method: string) => (known.has(method) ? method : "_OTHER");

function methodAttributes(method: string): Readonly<Record<string, string | undefined>> {
  const name = methodName(method);
  return {
    "http.request.method": name,
    "http.request.method_original": name === method ? undefined : method,
  };
}

/** Without what is undefined. */
function attributes(values: Readonly<Record<string, string | number | undefined>>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
  });
}

/** Nanoseconds since 1970; a number could not hold them. */
function nanos({ epochOffsetMs }: TraceRecord, atMs: number): string {
  const epochMs = epochOffsetMs + atMs;
  const wholeMs = Math.floor(epochMs);
  return `${wholeMs}${String(Math.floor((epochMs - wholeMs) * 1e6)).padStart(6, "0")}`;
}
