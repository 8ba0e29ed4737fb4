import type { Clock } from "../../cluster/clock.ts";
import type { TracingConfig } from "../../config/tracing-schema.ts";
import type { Counts } from "../counts.ts";
import { TraceExporter } from "./trace-exporter.ts";
import { type TraceRecord, Tracer } from "./tracer.ts";

/** The main thread's part of tracing: its own traces, and the way to the collector for all threads'. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends on what a worker has gathered. */
  take(records: readonly TraceRecord[]): void;
  /** Resolves when the collector has everything, or after a while in any case. */
  close(): Promise<void>;
}

export function startTracing(
  config: TracingConfig,
  version: string,
  clock: Clock,
  counts: Counts,
  log: (line: string) => void,
): Tracing {
  const exporter = new TraceExporter({
    config,
    resource: { serviceName: config.serviceName, version, instanceId: crypto.randomUUID() },
    clock,
    log,
    onSent: (records) => counts.add("tracedRequests", records),
    onLost: (records) => counts.add("lostTraces", records),
  });
  const tracer = new Tracer(clock, config.ratio, (records) => exporter.add(records));
  return {
    tracer,
    take: (records) => exporter.add(records),
    async close() {
      tracer.flush();
      await exporter.close();
    },
  };
}
