import { z } from "zod";
import { acmeNames } from "./acme-schema.ts";
import { hashOn } from "./policy-schema.ts";
import { absolutePath, cidr, count, duration, hostPattern, listenAddress } from "./scalars.ts";

export const certificateSchema = z
  .strictObject({
    cert: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "PEM file with the certificate and its chain; beside `key`.",
        examples: ["/etc/ballast/example.com.pem"],
      }),
    key: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "PEM file with the private key.", examples: ["/etc/ballast/example.com.key"] }),
    acme: acmeNames.optional().meta({
      description:
        "Names for which to have a certificate from the authority in `acme`, in place of `cert` and `key`.",
      examples: [["example.com", "www.example.com"]],
    }),
    serverName: hostPattern.optional().meta({
      description: "The name clients ask for (SNI); the first certificate serves all others.",
      examples: ["*.example.com"],
    }),
  })
  .transform(({ cert, key, acme, serverName }, context): PemFilesConfig | AcmeNamesConfig => {
    const missing = (path: string, message: string) => {
      context.addIssue({ code: "custom", path: [path], message });
      return z.NEVER;
    };
    if (acme !== undefined) {
      if (cert !== undefined) return missing("cert", "no `cert` beside `acme`");
      if (key !== undefined) return missing("key", "no `key` beside `acme`");
      if (serverName !== undefined)
        return missing("serverName", "no `serverName` beside `acme`, which has the names");
      return { acme };
    }
    if (cert === undefined) return missing("cert", "a PEM file with the certificate, or names in `acme`");
    if (key === undefined) return missing("key", "a PEM file with the private key");
    return { cert, key, serverName };
  });

/** A certificate in files. */
export interface PemFilesConfig {
  readonly cert: string;
  readonly key: string;
  readonly serverName: string | undefined;
  readonly acme?: undefined;
}

/** A certificate from an ACME authority. */
export interface AcmeNamesConfig {
  readonly acme: readonly string[];
}

/** One certificate may stand without its list. */
export const tlsSchema = z.preprocess(
  (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : value),
  z.array(certificateSchema).min(1),
);

export const rateLimit = z.strictObject({
  requests: z
    .number()
    .positive()
    .max(1_000_000)
    .meta({ description: "Of each client's address.", examples: [20] }),
  per: duration.prefault("1s").meta({ description: "In so long, evenly.", examples: ["1m"] }),
  burst: count(1)
    .optional()
    .meta({ description: "At once, after a pause. Left out: as `requests`.", examples: [40] }),
});

const perClient = count(1)
  .optional()
  .meta({
    description:
      "Connections that a client's address may have open; further ones are closed. Left out: no limit.",
    examples: [100],
  });

const splitShare = z.strictObject({
  group: z
    .string()
    .min(1)
    .meta({ description: "A group that answers.", examples: ["canary"] }),
  weight: z
    .number()
    .min(0)
    .max(1_000_000)
    .meta({ description: "Its part of the requests; 0 for none.", examples: [5] }),
});

const mirror = z.strictObject({
  group: z
    .string()
    .min(1)
    .meta({ description: "The group that gets the copies.", examples: ["shadow"] }),
  percent: z
    .number()
    .min(0)
    .max(100)
    .default(100)
    .meta({ description: "Of the requests.", examples: [10] }),
});

const route = z.strictObject({
  path: absolutePath
    .default("/")
    .meta({ description: "Prefix on whole segments; the longest wins.", examples: ["/api"] }),
  host: hostPattern.optional().meta({
    description: 'Only for this host; "*.example.com" takes every subdomain.',
    examples: ["api.example.com"],
  }),
  group: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "The group that answers; a route has this or `split`.", examples: ["api"] }),
  split: z
    .array(splitShare)
    .min(1)
    .optional()
    .meta({
      description: "Groups that share the requests, by weight.",
      examples: [
        [
          { group: "stable", weight: 95 },
          { group: "canary", weight: 5 },
        ],
      ],
    }),
  splitOn: hashOn.optional().meta({
    description:
      'What stays at the same group: all requests of an "ip", or with the same "header:<name>" or "cookie:<name>". Left out: each is drawn.',
  }),
  mirror: mirror.optional().meta({
    description: "Sends copies to another group, whose answers are thrown away.",
    examples: [{ group: "shadow", percent: 10 }],
  }),
  rateLimit: rateLimit.optional().meta({
    description: "How often a client may ask; 429 beyond it.",
    examples: [{ requests: 20, per: "1s", burst: 40 }],
  }),
  stripPrefix: z
    .boolean()
    .default(false)
    .meta({ description: "Take `path` off before the request goes to the target.", examples: [true] }),
});

const listenerName = z
  .string()
  .min(1)
  .meta({ description: "Unique; used in logs.", examples: ["public"] });

const httpListener = z.strictObject({
  name: listenerName,
  protocol: z.literal("http").meta({ description: "What clients speak.", examples: ["http"] }),
  listen: listenAddress,
  edge: z
    .enum(["auto", "wire", "serve"])
    .default("auto")
    .meta({
      description: "Which implementation faces the clients; auto takes the best for this listener.",
      examples: ["serve"],
    }),
  routes: z
    .array(route)
    .min(1)
    .meta({
      description: "Which requests go to which group; any other is answered with 404.",
      examples: [[{ path: "/api", group: "api" }, { group: "web" }]],
    }),
  rateLimit: rateLimit.optional().meta({
    description: "How often a client may ask for anything but `status`; 429 beyond it.",
    examples: [{ requests: 100 }],
  }),
  maxConnectionsPerClient: perClient,
  status: absolutePath
    .optional()
    .meta({ description: "Path that answers with the state of all groups as JSON.", examples: ["/status"] }),
  exposeTarget: z
    .boolean()
    .default(false)
    .meta({
      description: "Name the target in the header x-ballast-target of every answer.",
      examples: [true],
    }),
  tls: tlsSchema.optional().meta({
    description: "Makes it HTTPS; one certificate or a list.",
    examples: [{ cert: "/etc/ballast/example.com.pem", key: "/etc/ballast/example.com.key" }],
  }),
  http2: z
    .boolean()
    .default(false)
    .meta({ description: "Offer HTTP/2; needs tls.", examples: [true] }),
  http3: z
    .boolean()
    .default(false)
    .meta({ description: "Offer HTTP/3 on the same port over UDP; needs tls.", examples: [true] }),
  trustedProxies: z
    .array(cidr)
    .default([])
    .meta({
      description: "Peers whose X-Forwarded-* headers are kept and appended to; of others they are replaced.",
      examples: [["10.0.0.0/8"]],
    }),
  idleTimeout: duration.prefault("60s").meta({
    description: "A client connection is closed after this time without a request.",
    examples: ["30s"],
  }),
  headTimeout: duration.prefault("10s").meta({
    description: "From a request's first byte to the end of its head; after that 408. Edge wire.",
    examples: ["5s"],
  }),
  bodyTimeout: duration.optional().meta({
    description:
      "A client that sends nothing of a request's body for this time gets 408. Left out: the listener's idleTimeout.",
    examples: ["15s"],
  }),
  writeTimeout: duration.optional().meta({
    description:
      "A client that takes nothing of its answer for this time is cut off. Left out: the listener's idleTimeout.",
    examples: ["15s"],
  }),
  minBodyRate: count(0, 1_000_000_000)
    .default(240)
    .meta({
      description:
        "Bytes a second that a request's body has to come at, all in all, after 10 s; slower ones get 408. 0: any.",
      examples: [1000],
    }),
  maxConnections: count(1)
    .optional()
    .meta({
      description: "Open client connections; further ones are closed. Left out: no limit. Edge wire.",
      examples: [20_000],
    }),
  maxFields: count(1, 10_000)
    .default(100)
    .meta({
      description: "A request with more header lines is answered with 431. Edge wire.",
      examples: [50],
    }),
  maxHeadBytes: count(256, 1_048_576)
    .default(32_768)
    .meta({ description: "A longer head of a request is answered with 431. Edge wire.", examples: [16_384] }),
  maxTargetBytes: count(16, 1_048_576)
    .default(8192)
    .meta({
      description: "A longer target in a request line is answered with 414. Edge wire.",
      examples: [4096],
    }),
  maxBodyBytes: count(0, Number.MAX_SAFE_INTEGER)
    .default(Number.MAX_SAFE_INTEGER)
    .meta({ description: "A larger request body is answered with 413.", examples: [10_485_760] }),
});

const streamGroup = z
  .string()
  .min(1)
  .meta({ description: "The group that takes the traffic.", examples: ["database"] });

const tcpListener = z.strictObject({
  name: listenerName,
  protocol: z.literal("tcp").meta({ description: "What clients speak.", examples: ["tcp"] }),
  listen: listenAddress,
  group: streamGroup,
  idleTimeout: duration.prefault("10m").meta({
    description: "A connection on which nothing comes from either side is closed after this.",
    examples: ["1h"],
  }),
  tls: tlsSchema.optional().meta({
    description: "Takes TLS off; targets get what was in it. One certificate.",
    examples: [{ cert: "/etc/ballast/example.com.pem", key: "/etc/ballast/example.com.key" }],
  }),
  acceptProxyProtocol: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Connections begin with a PROXY protocol header, version 1 or 2, before TLS; others are closed.",
      examples: [true],
    }),
  trustedProxies: z
    .array(cidr)
    .min(1)
    .optional()
    .meta({
      description: "With acceptProxyProtocol: only these peers may connect. Left out: all may.",
      examples: [["10.0.0.0/8"]],
    }),
  maxConnections: count(1)
    .optional()
    .meta({
      description: "Open client connections; further ones are closed. Left out: no limit.",
      examples: [1000],
    }),
  maxConnectionsPerClient: perClient,
});

const udpListener = z.strictObject({
  name: listenerName,
  protocol: z.literal("udp").meta({ description: "What clients speak.", examples: ["udp"] }),
  listen: listenAddress,
  group: streamGroup,
  idleTimeout: duration
    .prefault("30s")
    .meta({ description: "A session is forgotten after this time without a datagram.", examples: ["10s"] }),
  maxSessions: count(1)
    .default(65_536)
    .meta({
      description: "Sessions at once; a further one takes the place of the one idle for longest.",
      examples: [10_000],
    }),
});

export const listenerSchema = z.discriminatedUnion("protocol", [httpListener, tcpListener, udpListener]);
