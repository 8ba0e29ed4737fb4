import type { Target } from "../../cluster/target.ts";
import type { HttpListenerConfig } from "../../config/schema.ts";
import type { RequestRecorder } from "../../observe/request-recorder.ts";
import { parseTraceparent, type TraceParent } from "../../observe/tracing/trace-parent.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import type { EdgeOptions } from "../edge.ts";
import { type ListenerRules, listenerRules } from "../listener-rules.ts";
import { missingDate } from "../message/http-date.ts";
import type { BodyLength } from "../message/request-head.ts";
import type { ResponseHead } from "../message/response-head.ts";
import { answerHeaders } from "./answer.ts";

/** An answer that takes longer than this has its client watched for leaving. */
const watchAfterMs = 20;

/** How long the rest of a body is waited for when its answer is there already, as on the wire edge. */
const restMs = 2000;

/** The longest idle timeout that `Bun.serve` takes. */
const maxIdleTimeoutSeconds = 255;

export function idleTimeoutSeconds({ idleTimeout }: HttpListenerConfig): number {
  return Math.min(maxIdleTimeoutSeconds, Math.ceil(idleTimeout / 1000));
}

/** What of an edge stays or changes whatever its config is. */
export interface EdgePhase {
  readonly isDraining: boolean;
  /** Where HTTP/3 is to be had, unless Bun itself says so. */
  readonly altSvc: string | undefined;
}

/** What all requests of a listener share under one config. */
export class ServeContext {
  readonly rules: ListenerRules;
  readonly recorder: RequestRecorder;
  readonly idleTimeoutSeconds: number;
  /** Of requests: `HTTP` where it may be another than 1.1, which `Bun.serve` does not tell. */
  readonly version: "HTTP" | "HTTP/1.1";
  /** How long an answer may take before the client is watched for leaving. */
  readonly watchDeadlines: Deadlines;
  /** How long a client may take nothing of an answer. */
  readonly writeDeadlines: Deadlines;
  /** For more of a body. */
  readonly bodyDeadlines: Deadlines;
  /** For what is left of a body when its answer is there; undefined where that may be cut off. */
  readonly restDeadlines: Deadlines | undefined;
  /** With HTTP/2 or 3 a body needs neither a length nor a coding. */
  private readonly mayFrameBodies: boolean;
  /** Of each target the last head and what came of it: heads mostly differ in the date alone. */
  private readonly lastAnswers = new WeakMap<
    Target,
    { readonly head: ResponseHead; readonly date: string | undefined; readonly headers: Headers }
  >();

  constructor(
    readonly options: EdgeOptions,
    private readonly phase: EdgePhase,
  ) {
    const { clock, listener, recorder } = options;
    this.rules = listenerRules(options);
    this.recorder = recorder;
    this.idleTimeoutSeconds = idleTimeoutSeconds(listener);
    this.mayFrameBodies = listener.http2 || listener.http3;
    this.version = this.mayFrameBodies ? "HTTP" : "HTTP/1.1";
    this.watchDeadlines = new Deadlines(clock, watchAfterMs);
    this.writeDeadlines = new Deadlines(clock, listener.writeTimeout ?? listener.idleTimeout);
    this.bodyDeadlines = new Deadlines(clock, listener.bodyTimeout ?? listener.idleTimeout);
    this.restDeadlines = this.mayFrameBodies ? new Deadlines(clock, restMs) : undefined;
  }

  /** Whether connections are closed behind their next answer; of requests that are open too. */
  get isDraining(): boolean {
    return this.phase.isDraining;
  }

  /** The fields of a target's answer, which may be other answers' too. */
  headersOf(head: ResponseHead, target: Target): Headers {
    const last = this.lastAnswers.get(target);
    const date = missingDate(head);
    if (last?.head === head && last.date === date) return last.headers;
    const headers = answerHeaders(head, target, this.options.listener.exposeTarget);
    if (this.phase.altSvc !== undefined) headers.append("alt-svc", this.phase.altSvc);
    this.lastAnswers.set(target, { head, date, headers });
    return headers;
  }

  traceParentOf(headers: Headers): TraceParent | undefined {
    if (!this.recorder.isTracing) return undefined;
    return parseTraceparent(headers.get("traceparent") ?? "", headers.get("tracestate") ?? "");
  }

  /** How the body is framed towards the target; undefined when there is none. */
  bodyLength(request: Request): BodyLength {
    // Bun drops what stands behind the head of a GET.
    if (request.method === "GET" || request.method === "HEAD") return undefined;
    const length = request.headers.get("content-length");
    if (length !== null) return Number(length);
    if (request.headers.has("transfer-encoding")) return "chunked";
    // Last, since looking at the body makes a stream of it.
    return this.mayFrameBodies && request.body !== null ? "chunked" : undefined;
  }
}
