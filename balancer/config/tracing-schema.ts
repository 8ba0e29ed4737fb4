import { z } from "zod";

/** Where OTLP over HTTP takes traces, when only the collector's address is given (OTLP 1.5, "HTTP request"). */
const tracesPath = "/v1/traces";

const endpoint = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") {
    if (url.pathname === "/") url.pathname = tracesPath;
    return url.href;
  }
  context.addIssue({ code: "custom", message: 'http:// or https:// such as "http://127.0.0.1:4318"' });
  return z.NEVER;
});

/** Where spans go: docs/observability.md. */
export const tracingSchema = z.strictObject({
  endpoint: endpoint.meta({
    description: "Collector of OTLP over HTTP; `/v1/traces` is added to an address without a path.",
    examples: ["http://127.0.0.1:4318"],
  }),
  ratio: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .meta({
      description: "Share of requests to sample, of those that come without a `traceparent`.",
      examples: [0.01],
    }),
  serviceName: z
    .string()
    .min(1)
    .default("ballast")
    .meta({ description: "`service.name` of the spans.", examples: ["shop-balancer"] }),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), z.string())
    .default({})
    .meta({
      description: "Fields to send to the collector, such as its token.",
      examples: [{ authorization: "Bearer a-long-random-text" }],
    }),
});

export type TracingConfig = z.output<typeof tracingSchema>;
