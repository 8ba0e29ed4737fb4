import { z } from "zod";
import { accessLogSchema } from "./access-log-schema.ts";
import { acmeSchema } from "./acme-schema.ts";
import { adminSchema } from "./admin-schema.ts";
import { certificateSchema, tlsSchema } from "./certificate-schema.ts";
import { cloudWatchSchema } from "./cloudwatch-schema.ts";
import { controlSchema } from "./control-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { putExamples } from "./json-examples.ts";
import { putRules, wholeRules } from "./json-rules.ts";
import { listenerSchema } from "./listener-schema.ts";
import { policyJsonSchema, policySchema } from "./policy-schema.ts";
import { count, duration, keyName } from "./scalars.ts";
import { tracingSchema } from "./tracing-schema.ts";

/** The shape of lb.json: types, checks, defaults and the JSON Schema all come from here. */

export const configSchema = z.strictObject({
  $schema: z
    .string()
    .optional()
    .meta({ description: "For editors.", examples: ["./lb.schema.json"] }),
  listeners: z.array(listenerSchema).meta({
    description: "Where clients connect to; may be empty beside `control`.",
    examples: [[{ name: "public", protocol: "http", listen: "0.0.0.0:8080", routes: [{ group: "web" }] }]],
  }),
  groups: z.record(keyName, groupSchema).meta({
    description: "Targets that share one kind of traffic, by name.",
    examples: [{ web: { targets: [{ url: "http://10.0.1.10:8000" }] } }],
  }),
  control: controlSchema
    .optional()
    .meta({ description: "Where servers announce themselves.", examples: [{ listen: "0.0.0.0:8081" }] }),
  admin: adminSchema.optional().meta({
    description: "Where operators look and act. Left out: nowhere.",
    examples: [{ listen: "127.0.0.1:9900" }],
  }),
  acme: acmeSchema.optional().meta({
    description: "The authority that certificates of `tls.acme` are from. Left out: none.",
    examples: [{ termsAgreed: true, storage: "/var/lib/ballast/acme" }],
  }),
  accessLog: accessLogSchema.optional().meta({
    description:
      'A line for each request, connection or session: a file for JSON, "stdout", or an object. Left out: none.',
    examples: ["/var/log/ballast/access.log"],
  }),
  tracing: tracingSchema.optional().meta({
    description: "Spans of requests, to a collector of OTLP. Left out: none.",
    examples: [{ endpoint: "http://127.0.0.1:4318" }],
  }),
  cloudwatch: cloudWatchSchema.optional().meta({
    description: "Metrics of each group, to AWS CloudWatch. Left out: none.",
    examples: [{ region: "eu-central-1" }],
  }),
  zone: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        "Where the balancer stands, for `zonePreference`. Left out: the environment's BALLAST_ZONE.",
      examples: ["eu-central-1a"],
    }),
  workers: z
    .union([z.literal("auto"), count(1, 256)], { error: '"auto" or a whole number from 1 to 256' })
    .default(1)
    .meta({
      description: "Threads that serve; auto: one for each core. 1 is the main thread alone.",
      examples: ["auto"],
    }),
  pinWorkers: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Keep each of several workers to a core of its own, where it takes the connections whose packets come in there. Linux alone.",
      examples: [true],
    }),
  watch: z
    .boolean()
    .default(false)
    .meta({
      description: "Reload when this file or a PEM file that it names has changed, as SIGHUP does.",
      examples: [true],
    }),
  drainTimeout: duration
    .prefault("30s")
    .meta({ description: "After SIGTERM, how long open requests may take to finish.", examples: ["2m"] }),
});

export type Config = z.output<typeof configSchema>;
/** lb.json as it is written, before defaults. */
export type ConfigInput = z.input<typeof configSchema>;
export type ListenerConfig = Config["listeners"][number];
export type HttpListenerConfig = Extract<ListenerConfig, { protocol: "http" }>;
export type TcpListenerConfig = Extract<ListenerConfig, { protocol: "tcp" }>;
export type UdpListenerConfig = Extract<ListenerConfig, { protocol: "udp" }>;
export type RateLimitConfig = NonNullable<HttpListenerConfig["rateLimit"]>;
export type RouteConfig = HttpListenerConfig["routes"][number];
export type GroupConfig = Config["groups"][string];
export type TargetConfig = GroupConfig["targets"][number];
export type OutlierConfig = Exclude<GroupConfig["outlierDetection"], false>;

function replaceWith(node: Record<string, unknown>, replacement: object): void {
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, replacement);
}

const tlsJsonSchema = () => {
  // Only a whole schema may say which draft it is of.
  const { $schema: _, ...one } = z.toJSONSchema(certificateSchema, {
    io: "input",
    override(node) {
      putExamples(node);
      putRules(node);
    },
  });
  return { anyOf: [one, { type: "array", minItems: 1, items: one }] };
};

/** The JSON Schema (draft 2020-12) of lb.json. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      putExamples({ zodSchema, jsonSchema });
      putRules({ zodSchema, jsonSchema });
      // zod can't see through the two shorthands.
      if (zodSchema === policySchema) replaceWith(jsonSchema, policyJsonSchema());
      if (zodSchema === tlsSchema) replaceWith(jsonSchema, tlsJsonSchema());
    },
  });
  return { title: "Ballast lb.json", ...schema, ...wholeRules };
}
