import { z } from "zod";
import { policyJsonSchema, policySchema } from "./policy-schema.ts";
import {
  absolutePath,
  cidr,
  count,
  duration,
  hostPattern,
  listenAddress,
  requestTarget,
  targetUrl,
} from "./scalars.ts";

/** The shape of lb.json: types, checks, defaults and the JSON Schema all come from here. */

const certificate = z.strictObject({
  cert: z.string().min(1).meta({ description: "PEM file with the certificate and its chain." }),
  key: z.string().min(1).meta({ description: "PEM file with the private key." }),
  serverName: hostPattern
    .optional()
    .meta({ description: "The name clients ask for (SNI); the first certificate serves all others." }),
});

/** One certificate may stand without its list. */
const tls = z.preprocess(
  (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : value),
  z.array(certificate).min(1),
);

const route = z.strictObject({
  path: absolutePath.default("/").meta({ description: "Prefix on whole segments; the longest wins." }),
  host: hostPattern
    .optional()
    .meta({ description: 'Only for this host; "*.example.com" takes every subdomain.' }),
  group: z.string().min(1).meta({ description: "The group that answers." }),
  stripPrefix: z
    .boolean()
    .default(false)
    .meta({ description: "Take `path` off before the request goes to the target." }),
});

const httpListener = z.strictObject({
  name: z.string().min(1).meta({ description: "Unique; used in logs." }),
  protocol: z.literal("http", { error: '"http"' }).meta({ description: "What clients speak." }),
  listen: listenAddress,
  edge: z
    .enum(["auto", "wire", "serve"])
    .default("auto")
    .meta({ description: "Which implementation faces the clients; auto takes the best for this listener." }),
  routes: z
    .array(route)
    .min(1)
    .meta({ description: "Which requests go to which group; any other is answered with 404." }),
  status: absolutePath
    .optional()
    .meta({ description: "Path that answers with the state of all groups as JSON." }),
  exposeTarget: z
    .boolean()
    .default(false)
    .meta({ description: "Name the target in the header x-ballast-target of every answer." }),
  tls: tls.optional().meta({ description: "Makes it HTTPS; one certificate or a list." }),
  http2: z.boolean().default(false).meta({ description: "Offer HTTP/2; needs tls." }),
  http3: z
    .boolean()
    .default(false)
    .meta({ description: "Offer HTTP/3 on the same port over UDP; needs tls." }),
  trustedProxies: z.array(cidr).default([]).meta({
    description: "Peers whose X-Forwarded-* headers are kept and appended to; of others they are replaced.",
  }),
  idleTimeout: duration
    .prefault("60s")
    .meta({ description: "A client connection is closed after this time without a request." }),
  headTimeout: duration
    .prefault("10s")
    .meta({ description: "From a request's first byte to the end of its head; after that 408. Edge wire." }),
  maxHeadBytes: count(256, 1_048_576)
    .default(32_768)
    .meta({ description: "A longer head of a request is answered with 431. Edge wire." }),
  maxTargetBytes: count(16, 1_048_576)
    .default(8192)
    .meta({ description: "A longer target in a request line is answered with 414. Edge wire." }),
  maxBodyBytes: count(0, Number.MAX_SAFE_INTEGER)
    .default(Number.MAX_SAFE_INTEGER)
    .meta({ description: "A larger request body is answered with 413." }),
});

const health = z.strictObject({
  path: requestTarget.default("/health").meta({ description: "Asked with GET; 2xx and 3xx are healthy." }),
  interval: duration
    .prefault("2s")
    .meta({ description: "Between two checks of a target, with ±10 % jitter." }),
  timeout: duration.prefault("1s").meta({ description: "A check that takes longer has failed." }),
  healthyAfter: count(1, 100).default(1).meta({ description: "Checks in a row that bring a target in." }),
  unhealthyAfter: count(1, 100).default(3).meta({ description: "Failures in a row that take a target out." }),
});

const target = z
  .strictObject({
    id: z.string().min(1).optional().meta({ description: "Unique in its group; the address when left out." }),
    url: targetUrl,
    weight: z.number().positive().max(1000).default(1).meta({ description: "Share of traffic." }),
  })
  .transform(({ id, url, weight }) => ({ id: id ?? url.slice(url.indexOf("//") + 2), url, weight }));

const upstreamTls = z.strictObject({
  serverName: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Name to ask for and to check; the target's host when left out." }),
  ca: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "PEM file with the authorities to trust instead of the system's." }),
  verify: z.boolean().default(true).meta({ description: "Check the target's certificate." }),
});

const group = z.strictObject({
  policy: policySchema.prefault("ewma"),
  health: z
    .union([health, z.literal(false)], { error: "an object, or false for no active checks" })
    .optional()
    .meta({ description: "Active checks by HTTP. Left out: the port is tried every 2s. false: none." }),
  targets: z.array(target).min(1).meta({ description: "Who answers." }),
  tls: upstreamTls.optional().meta({ description: "For targets with https." }),
  connectTimeout: duration.prefault("1s").meta({ description: "To establish a connection to a target." }),
  responseTimeout: duration
    .prefault("30s")
    .meta({ description: "For the head of the answer, once the request is sent." }),
  bodyTimeout: duration.prefault("5m").meta({ description: "Between two parts of an answer's body." }),
  idleTimeout: duration
    .prefault("60s")
    .meta({ description: "An unused connection to a target is closed after this." }),
  retries: count(0, 10).default(2).meta({
    description:
      "How often a request that may have reached a target is sent again, when its method allows it.",
  }),
  maxConnections: count(1).default(1024).meta({ description: "To each target." }),
  maxQueue: count(0)
    .default(1024)
    .meta({ description: "Requests that may wait for a connection to each target." }),
  queueTimeout: duration
    .prefault("1s")
    .meta({ description: "How long a request may wait for a connection." }),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: "For editors." }),
  listeners: z.array(httpListener).min(1).meta({ description: "Where clients connect to." }),
  groups: z
    .record(z.string().min(1), group)
    .meta({ description: "Targets that share one kind of traffic, by name." }),
  accessLog: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'File for one JSON line a request, or "stdout". Left out: none.' }),
  workers: z
    .union([z.literal("auto"), count(1, 256)], { error: '"auto" or a whole number from 1 to 256' })
    .default(1)
    .meta({ description: "Threads that serve; auto: one for each core. 1 is the main thread alone." }),
  drainTimeout: duration
    .prefault("30s")
    .meta({ description: "After SIGTERM, how long open requests may take to finish." }),
});

export type Config = z.output<typeof configSchema>;
export type ListenerConfig = Config["listeners"][number];
export type RouteConfig = ListenerConfig["routes"][number];
export type GroupConfig = Config["groups"][string];
export type TargetConfig = GroupConfig["targets"][number];
export type HealthConfig = Exclude<GroupConfig["health"], false | undefined>;
export type CertificateConfig = z.output<typeof certificate>;

function replaceWith(node: Record<string, unknown>, replacement: object): void {
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, replacement);
}

const tlsJsonSchema = () => {
  const one = z.toJSONSchema(certificate, { io: "input" });
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
      if (zodSchema === tls) replaceWith(jsonSchema, tlsJsonSchema());
    },
  });
  return { title: "Ballast lb.json", ...schema };
}
