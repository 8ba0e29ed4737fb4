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
      .meta({ description: "PEM file with the certificate and its chain; beside `key`." }),
    key: z.string().min(1).optional().meta({ description: "PEM file with the private key." }),
    acme: acmeNames.optional().meta({
      description:
        "Names for which to have a certificate from the authority in `acme`, in place of `cert` and `key`.",
    }),
    serverName: hostPattern
      .optional()
      .meta({ description: "The name clients ask for (SNI); the first certificate serves all others." }),
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
  requests: z.number().positive().max(1_000_000).meta({ description: "Of each client's address." }),
  per: duration.prefault("1s").meta({ description: "In so long, evenly." }),
  burst: count(1).optional().meta({ description: "At once, after a pause. Left out: as `requests`." }),
});

const perClient = count(1).optional().meta({
  description:
    "Connections that a client's address may have open; further ones are closed. Left out: no limit.",
});

const splitShare = z.strictObject({
  group: z.string().min(1).meta({ description: "A group that answers." }),
  weight: z.number().min(0).max(1_000_000).meta({ description: "Its part of the requests; 0 for none." }),
});

const mirror = z.strictObject({
  group: z.string().min(1).meta({ description: "The group that gets the copies." }),
  percent: z.number().min(0).max(100).default(100).meta({ description: "Of the requests." }),
});

const route = z.strictObject({
  path: absolutePath.default("/").meta({ description: "Prefix on whole segments; the longest wins." }),
  host: hostPattern
    .optional()
    .meta({ description: 'Only for this host; "*.example.com" takes every subdomain.' }),
  group: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "The group that answers; a route has this or `split`." }),
  split: z
    .array(splitShare)
    .min(1)
    .optional()
    .meta({ description: "Groups that share the requests, by weight." }),
  splitOn: hashOn.optional().meta({
    description:
      'What stays at the same group: all requests of an "ip", or with the same "header:<name>" or "cookie:<name>". Left out: each is drawn.',
  }),
  mirror: mirror
    .optional()
    .meta({ description: "Sends copies to another group, whose answers are thrown away." }),
  rateLimit: rateLimit.optional().meta({ description: "How often a client may ask; 429 beyond it." }),
  stripPrefix: z
    .boolean()
    .default(false)
    .meta({ description: "Take `path` off before the request goes to the target." }),
});

const listenerName = z.string().min(1).meta({ description: "Unique; used in logs." });

const httpListener = z.strictObject({
  name: listenerName,
  protocol: z.literal("http").meta({ description: "What clients speak." }),
  listen: listenAddress,
  edge: z
    .enum(["auto", "wire", "serve"])
    .default("auto")
    .meta({ description: "Which implementation faces the clients; auto takes the best for this listener." }),
  routes: z
    .array(route)
    .min(1)
    .meta({ description: "Which requests go to which group; any other is answered with 404." }),
  rateLimit: rateLimit
    .optional()
    .meta({ description: "How often a client may ask for anything but `status`; 429 beyond it." }),
  maxConnectionsPerClient: perClient,
  status: absolutePath
    .optional()
    .meta({ description: "Path that answers with the state of all groups as JSON." }),
  exposeTarget: z
    .boolean()
    .default(false)
    .meta({ description: "Name the target in the header x-ballast-target of every answer." }),
  tls: tlsSchema.optional().meta({ description: "Makes it HTTPS; one certificate or a list." }),
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
  bodyTimeout: duration.optional().meta({
    description:
      "A client that sends nothing of a request's body for this time gets 408. Left out: the listener's idleTimeout.",
  }),
  writeTimeout: duration.optional().meta({
    description:
      "A client that takes nothing of its answer for this time is cut off. Left out: the listener's idleTimeout.",
  }),
  minBodyRate: count(0, 1_000_000_000).default(240).meta({
    description:
      "Bytes a second that a request's body has to come at, all in all, after 10 s; slower ones get 408. 0: any.",
  }),
  maxConnections: count(1).optional().meta({
    description: "Open client connections; further ones are closed. Left out: no limit. Edge wire.",
  }),
  maxFields: count(1, 10_000)
    .default(100)
    .meta({ description: "A request with more header lines is answered with 431. Edge wire." }),
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

const streamGroup = z.string().min(1).meta({ description: "The group that takes the traffic." });

const tcpListener = z.strictObject({
  name: listenerName,
  protocol: z.literal("tcp").meta({ description: "What clients speak." }),
  listen: listenAddress,
  group: streamGroup,
  idleTimeout: duration
    .prefault("10m")
    .meta({ description: "A connection on which nothing comes from either side is closed after this." }),
  tls: tlsSchema.optional().meta({
    description: "Takes TLS off; targets get what was in it. One certificate, without acceptProxyProtocol.",
  }),
  acceptProxyProtocol: z.boolean().default(false).meta({
    description:
      "Connections begin with a PROXY protocol header, version 1 or 2; others are closed. Without tls.",
  }),
  trustedProxies: z
    .array(cidr)
    .min(1)
    .optional()
    .meta({ description: "With acceptProxyProtocol: only these peers may connect. Left out: all may." }),
  maxConnections: count(1)
    .optional()
    .meta({ description: "Open client connections; further ones are closed. Left out: no limit." }),
  maxConnectionsPerClient: perClient,
});

const udpListener = z.strictObject({
  name: listenerName,
  protocol: z.literal("udp").meta({ description: "What clients speak." }),
  listen: listenAddress,
  group: streamGroup,
  idleTimeout: duration
    .prefault("30s")
    .meta({ description: "A session is forgotten after this time without a datagram." }),
  maxSessions: count(1)
    .default(65_536)
    .meta({ description: "Sessions at once; a further one takes the place of the one idle for longest." }),
});

export const listenerSchema = z.discriminatedUnion("protocol", [httpListener, tcpListener, udpListener]);
