import { z } from "zod";
import { tlsSchema } from "./certificate-schema.ts";
import { rateLimit, route } from "./route-schema.ts";
import { absolutePath, cidr, count, duration, keyName, listenAddress } from "./scalars.ts";

const perClient = count(1)
  .optional()
  .meta({
    description:
      "Connections that a client's address may have open; further ones are closed. Left out: no limit. Not beside http3.",
    examples: [100],
  });

const listenerName = keyName.meta({ description: "Unique; used in logs.", examples: ["public"] });

export const httpListener = z.strictObject({
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
      description: "Open client connections; further ones are closed. Left out: no limit. Not beside http3.",
      examples: [20_000],
    }),
  maxFields: count(1, 10_000)
    .default(100)
    .meta({
      description: "A request with more header lines is answered with 431. Edge serve: at most 197.",
      examples: [50],
    }),
  maxHeadBytes: count(256, 1_048_576)
    .default(32_768)
    .meta({
      description: "A longer head of a request is answered with 431. Edge serve: at most 16384.",
      examples: [16_384],
    }),
  maxTargetBytes: count(16, 1_048_576)
    .default(8192)
    .meta({
      description: "A longer target in a request line is answered with 414. Edge serve: at most 16384.",
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
