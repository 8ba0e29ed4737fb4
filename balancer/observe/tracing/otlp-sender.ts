import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import type { TracingConfig } from "../../config/tracing-schema.ts";
import { spansOf } from "./readable-spans.ts";
import type { TraceRecord } from "./tracer.ts";

/** Hands records' spans to the collector; resolves with why it has not taken them, undefined when it has. */
export type SendRecords = (records: readonly TraceRecord[]) => Promise<string | undefined>;

/**
 * By OTLP over HTTP in JSON. Tries again what a collector that is busy or away may take later, up to 5 times within 10 s.
 * Whatever the config does not say (compression, timeout, certificates) may come from the `OTEL_EXPORTER_OTLP_…` variables.
 */
export function otlpSender({ endpoint, headers, serviceName }: TracingConfig, version: string): SendRecords {
  const exporter = new OTLPTraceExporter({ url: endpoint, headers });
  const origin = {
    resource: detectResources({ detectors: [envDetector] }).merge(
      resourceFromAttributes({
        "service.name": serviceName,
        "service.version": version,
        // Tells this process from others of the same name.
        "service.instance.id": crypto.randomUUID(),
      }),
    ),
    instrumentationScope: { name: "ballast", version },
  };
  return (records) =>
    new Promise((resolve) => {
      const spans = records.flatMap((record) => spansOf(record, origin));
      // Anything but 0 (ExportResultCode.SUCCESS) is a failure.
      exporter.export(spans, ({ code, error }) => resolve(code === 0 ? undefined : reasonOf(error)));
    });
}

function reasonOf(error: (Error & { readonly code?: number | string }) | undefined): string {
  if (typeof error?.code === "number") return `answered ${error.code}`;
  // The exporter does not tell which of them.
  if (error?.name === "OTLPExporterError") return "busy: answered 429, 502, 503 or 504 to the last";
  return error?.message ?? "no answer that can be read";
}
