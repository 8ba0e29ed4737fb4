import { z } from "zod";
import { discoverySchema } from "./discovery-schema.ts";
import { health } from "./health-schema.ts";
import { outlierSchema } from "./outlier-schema.ts";
import { policySchema } from "./policy-schema.ts";
import { concurrencySchema, hedgeSchema, retrySchema } from "./request-schema.ts";
import { count, duration, percent } from "./scalars.ts";
import { slowStart } from "./slow-start-schema.ts";
import { stickySchema } from "./sticky-schema.ts";
import { targetSchema } from "./target-schema.ts";

const zonePreference = z.strictObject({
  maxLoad: z
    .number()
    .min(1)
    .max(1000)
    .optional()
    .meta({
      description:
        "Targets of the own zone get at most so many times the group's mean load. Left out: as many times as there are zones.",
      examples: [1.5],
    }),
});

const upstreamTls = z.strictObject({
  serverName: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "Name to ask for and to check; the target's host when left out.",
      examples: ["backend.internal"],
    }),
  ca: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "PEM file with the authorities to trust instead of the system's.",
      examples: ["/etc/ballast/authority.pem"],
    }),
  verify: z
    .boolean()
    .default(true)
    .meta({ description: "Check the target's certificate.", examples: [false] }),
});

/** To each http target, where the group says nothing. */
export const httpMaxConnections = 1024;

export const groupSchema = z.strictObject({
  policy: policySchema.prefault("ewma"),
  health: z
    .union([health, z.literal(false)], { error: "an object, or false for no active checks" })
    .optional()
    .meta({
      description:
        "Active checks: by HTTP, or of tcp targets by connecting. Left out: the port is tried every 2s. false: none.",
      examples: [{ path: "/healthz", interval: "5s" }],
    }),
  outlierDetection: z
    .union([outlierSchema, z.literal(false)], { error: "an object, or false for no ejection" })
    .prefault({})
    .meta({
      description: "Takes targets out for a while that fail unlike the others. false: none.",
      examples: [{ consecutive5xx: 10 }],
    }),
  panicThreshold: percent.default(50).meta({
    description:
      "With a smaller part of the targets available, all that take connections are used. In percent; 0: never.",
    examples: [30],
  }),
  slowStart: z
    .union([slowStart, z.literal(false)], { error: "an object, or false for none" })
    .optional()
    .meta({
      description:
        "A target that comes or returns gets a growing part of its share. Left out: the defaults for ewma and p2c-ewma, none for others.",
      examples: [{ window: "30s" }],
    }),
  zonePreference: z
    .union([zonePreference, z.boolean()], { error: "an object, true or false" })
    .default(false)
    .meta({ description: "Prefers targets of the balancer's own `zone`.", examples: [{ maxLoad: 1.5 }] }),
  targets: z
    .array(targetSchema)
    .default([])
    .meta({
      description: "Who answers; not to be empty, unless `discovery` finds them.",
      examples: [[{ id: "i-1", url: "http://10.0.1.10:8000" }]],
    }),
  discovery: discoverySchema.optional().meta({
    description: "Where more targets are found, as they come and go.",
    examples: [{ provider: "dns", name: "backends.example.com", port: 8000 }],
  }),
  tls: upstreamTls
    .optional()
    .meta({ description: "For targets with https.", examples: [{ ca: "/etc/ballast/authority.pem" }] }),
  connectTimeout: duration
    .prefault("1s")
    .meta({ description: "To establish a connection to a target.", examples: ["500ms"] }),
  responseTimeout: duration
    .prefault("30s")
    .meta({ description: "For the head of the answer, once the request is sent.", examples: ["10s"] }),
  bodyTimeout: duration
    .prefault("5m")
    .meta({ description: "Between two parts of an answer's body.", examples: ["1m"] }),
  idleTimeout: duration
    .prefault("60s")
    .meta({ description: "An unused connection to a target is closed after this.", examples: ["30s"] }),
  retries: count(0, 10)
    .optional()
    .meta({
      description:
        "Short for `retry` with one attempt more than this; 0 sends again only what reached no target.",
      examples: [1],
    }),
  retry: retrySchema.prefault({}).meta({
    description: "When a request is sent again.",
    examples: [{ attempts: 2, on: ["connect-failure", "503"] }],
  }),
  hedge: hedgeSchema.optional().meta({
    description: "Asks a second target when the first is slow, and takes the first answer. Left out: never.",
    examples: [{ after: "p95" }],
  }),
  sticky: stickySchema.optional().meta({
    description: "Keeps each client at the target that has answered it first, by a cookie.",
    examples: [{ cookie: "route", secretFile: "/etc/ballast/sticky.secret" }],
  }),
  maxRequests: count(1)
    .optional()
    .meta({
      description: "In flight at each target; others wait. Left out: as many as `maxConnections` let.",
      examples: [64],
    }),
  maxInGroup: count(1)
    .optional()
    .meta({
      description:
        "In flight at all targets together: requests, or connections of tcp targets. Left out: no limit.",
      examples: [500],
    }),
  concurrency: concurrencySchema.optional().meta({
    description: "Finds out how many requests in flight the group can take. Left out: `maxInGroup` alone.",
    examples: [{ adaptive: true, max: 500 }],
  }),
  maxConnections: count(1)
    .optional()
    .meta({
      description: `To each target. Left out: ${httpMaxConnections} to http targets, any number to tcp ones.`,
      examples: [256],
    }),
  maxQueue: count(0)
    .default(1024)
    .meta({
      description:
        "Requests that may wait for a connection to each target; with a limit of requests, or for tcp targets, those of the whole group.",
      examples: [100],
    }),
  queueTimeout: duration
    .prefault("1s")
    .meta({ description: "How long a request, or a tcp client, may wait.", examples: ["5s"] }),
  sendProxyProtocol: z
    .enum(["v1", "v2"])
    .optional()
    .meta({
      description: "Tells tcp targets the client's address in a PROXY protocol header of this version.",
      examples: ["v2"],
    }),
  closeOnRemove: z
    .boolean()
    .default(false)
    .meta({
      description: "Close a removed tcp target's connections at once; else they may finish.",
      examples: [true],
    }),
});
