import { z } from "zod";
import { accessLogSchema } from "./access-log-schema.ts";
import { acmeSchema } from "./acme-schema.ts";
import { adminSchema } from "./admin-schema.ts";
import { cloudWatchSchema } from "./cloudwatch-schema.ts";
import { controlSchema } from "./control-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { certificateSchema, listenerSchema, tlsSchema } from "./listener-schema.ts";
import { policyJsonSchema, policySchema } from "./policy-schema.ts";
import { count, duration } from "./scalars.ts";
import { tracingSchema } from "./tracing-schema.ts";

/** The shape of lb.json: types, checks, defaults and the JSON Schema all come from here. */

export const configSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: "For editors." }),
  listeners: z
    .array(listenerSchema)
    .meta({ description: "Where clients connect to; may be empty beside `control`." }),
  groups: z
    .record(z.string().min(1), groupSchema)
    .meta({ description: "Targets that share one kind of traffic, by name." }),
  control: controlSchema.optional().meta({ description: "Where servers announce themselves." }),
  admin: adminSchema.optional().meta({ description: "Where operators look and act. Left out: nowhere." }),
  acme: acmeSchema
    .optional()
    .meta({ description: "The authority that certificates of `tls.acme` are from. Left out: none." }),
  accessLog: accessLogSchema.optional().meta({
    description:
      'A line for each request, connection or session: a file for JSON, "stdout", or an object. Left out: none.',
  }),
  tracing: tracingSchema
    .optional()
    .meta({ description: "Spans of requests, to a collector of OTLP. Left out: none." }),
  cloudwatch: cloudWatchSchema
    .optional()
    .meta({ description: "Metrics of each group, to AWS CloudWatch. Left out: none." }),
  zone: z.string().min(1).optional().meta({
    description: "Where the balancer stands, for `zonePreference`. Left out: the environment's BALLAST_ZONE.",
  }),
  workers: z
    .union([z.literal("auto"), count(1, 256)], { error: '"auto" or a whole number from 1 to 256' })
    .default(1)
    .meta({ description: "Threads that serve; auto: one for each core. 1 is the main thread alone." }),
  watch: z.boolean().default(false).meta({
    description: "Reload when this file or a PEM file that it names has changed, as SIGHUP does.",
  }),
  drainTimeout: duration
    .prefault("30s")
    .meta({ description: "After SIGTERM, how long open requests may take to finish." }),
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
export type HealthConfig = Exclude<GroupConfig["health"], false | undefined>;
export type OutlierConfig = Exclude<GroupConfig["outlierDetection"], false>;

function replaceWith(node: Record<string, unknown>, replacement: object): void {
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, replacement);
}

const tlsJsonSchema = () => {
  const one = z.toJSONSchema(certificateSchema, { io: "input" });
  return { anyOf: [one, { type: "array", minItems: 1, items: one }] };
};

/** The JSON Schema (draft 2020-12) of lb.json. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    // zod can't see through the two shorthands.
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === policySchema) replaceWith(jsonSchema, policyJsonSchema());
      if (zodSchema === tlsSchema) replaceWith(jsonSchema, tlsJsonSchema());
    },
  });
  return { title: "Ballast lb.json", ...schema };
}
