import type { Clock } from "../../cluster/clock.ts";
import type { TracingConfig } from "../../config/tracing-schema.ts";
import type { Counts } from "../counts.ts";
import { TraceQueue } from "./trace-queue.ts";
import { type TraceRecord, Tracer } from "./tracer.ts";

/** The main thread's part of tracing: its own traces, and the way to the collector for all threads'. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends on what a worker has gathered. */
  take(records: readonly TraceRecord[]): void;
  /** Resolves when the collector has everything, or after a while in any case. */
  close(): Promise<void>;
}

export async function startTracing(
  config: TracingConfig,
  version: string,
  clock: Clock,
  counts: Counts,
  log: (line: string) => void,
): Promise<Tracing> {
  // Now rather than with the first batch, when requests would wait for it.
  const { otlpSender } = await import("./otlp-sender.ts");
  const queue = new TraceQueue({
    send: otlpSender(config, version),
    clock,
    onFailing: (reason) => log(`tracing: ${config.endpoint}: ${reason}; what it does not take is lost`),
    onSent: (records) => counts.add("tracedRequests", records),
    onLost: (records) => counts.add("lostTraces", records),
  });
  const tracer = new Tracer(clock, config.ratio, (records) => queue.add(records));
  return {
    tracer,
    take: (records) => queue.add(records),
    async close() {
      tracer.flush();
      await queue.close();
    },
  };
}
