import type { Clock } from "../../cluster/clock.ts";
import type { TracingConfig } from "../../config/tracing-schema.ts";
import { otlpRequest, type Resource } from "./otlp.ts";
import type { TraceRecord } from "./tracer.ts";

/** Records that wait for a collector that is slow or away; further ones are lost. */
const maxWaiting = 8192;
const maxBatch = 512;
const timeoutMs = 10_000;
/** Before each further try of a batch; after the last one it is lost. */
const pausesMs = [500, 2000, 5000];
/** The answers after which OTLP says to try again. */
const retryable = new Set([429, 502, 503, 504]);
/** How long the last batches may take when the balancer ends. */
const closeMs = 3000;

export interface TraceExporterOptions {
  readonly config: TracingConfig;
  readonly resource: Resource;
  readonly clock: Clock;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Told of so many requests whose spans the collector has taken, or will not get. */
  readonly onSent: (records: number) => void;
  readonly onLost: (records: number) => void;
}

/** Sends spans to a collector by OTLP over HTTP, one batch at a time. */
export class TraceExporter {
  private waiting: TraceRecord[] = [];
  private sending: Promise<void> | undefined;
  private isClosing = false;
  /** It has been said that the collector is away; said again when it has been back. */
  private isFailing = false;

  constructor(private readonly options: TraceExporterOptions) {}

  add(records: readonly TraceRecord[]): void {
    const room = maxWaiting - this.waiting.length;
    if (room < records.length) this.options.onLost(records.length - Math.max(0, room));
    this.waiting.push(...records.slice(0, Math.max(0, room)));
    this.sending ??= this.sendAll();
  }

  /** Resolves when all is sent, or after a while in any case. */
  async close(): Promise<void> {
    this.isClosing = true;
    const late = Promise.withResolvers<void>();
    const timer = this.options.clock.after(closeMs, late.resolve);
    await Promise.race([this.sending, late.promise]);
    timer.cancel();
    this.lose(this.waiting.splice(0));
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) await this.send(this.waiting.splice(0, maxBatch));
    this.sending = undefined;
  }

  private async send(records: readonly TraceRecord[]): Promise<void> {
    const { resource, log, onSent } = this.options;
    const body = JSON.stringify(otlpRequest(records, resource));
    for (const pauseMs of [...pausesMs, undefined]) {
      const fault = await this.post(body);
      if (fault === undefined) {
        onSent(records.length);
        this.isFailing = false;
        return;
      }
      if (!this.isFailing) log(`tracing: ${this.options.config.endpoint}: ${fault.reason}`);
      this.isFailing = true;
      if (!fault.mayPass || pauseMs === undefined || this.isClosing) break;
      await new Promise<void>((resolve) => this.options.clock.after(pauseMs, resolve));
    }
    this.lose(records);
  }

  /** Undefined when the collector has taken it. */
  private async post(body: string): Promise<{ reason: string; mayPass: boolean } | undefined> {
    const { endpoint, headers } = this.options.config;
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      if (response.ok) return undefined;
      return { reason: `answered ${response.status}`, mayPass: retryable.has(response.status) };
    } catch (error) {
      return { reason: (error as Error).message, mayPass: true };
    }
  }

  private lose(records: readonly TraceRecord[]): void {
    if (records.length > 0) this.options.onLost(records.length);
  }
}
