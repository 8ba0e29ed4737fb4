import { isIP } from "node:net";
import { z } from "zod";
import { count, duration, listenAddress, region } from "./scalars.ts";

const scheme = z
  .enum(["http", "https", "tcp", "udp"])
  .default("http")
  .meta({ description: "What the targets found speak.", examples: ["https"] });

const removeAfter = count(1, 100)
  .default(2)
  .meta({
    description: "A target leaves when it is missing from so many answers in a row.",
    examples: [5],
  });

const port = count(1, 65_535);

/** `name=value`, split at the first `=`. */
const tag = z
  .string()
  .transform((text, context) => {
    const at = text.indexOf("=");
    if (at > 0) return { name: text.slice(0, at), value: text.slice(at + 1) };
    context.addIssue({ code: "custom", message: 'a tag\'s name and value such as "ballast:group=cluster1"' });
    return z.NEVER;
  })
  .meta({
    description: "`name=value` of the tag that the group's instances have.",
    examples: ["ballast:group=cluster1"],
  });

const ec2 = z.strictObject({
  provider: z.literal("ec2"),
  tag,
  port: port.meta({ description: "Where the instances listen.", examples: [8000] }),
  region,
  interval: duration
    .prefault("10s")
    .meta({ description: "Between two looks, with ±10 % jitter.", examples: ["30s"] }),
  address: z
    .enum(["private", "public"])
    .default("private")
    .meta({ description: "Which of an instance's addresses is used.", examples: ["public"] }),
  weightTag: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "Name of a tag that holds an instance's weight; 1 where there is none.",
      examples: ["ballast:weight"],
    }),
  scheme,
  removeAfter,
});

const resolver = z
  .string()
  .transform((text, context) => {
    if (isIP(text) !== 0) return { hostname: text, port: 53 };
    const parsed = listenAddress.safeParse(text).data;
    if (parsed !== undefined && isIP(parsed.hostname) !== 0 && parsed.port > 0) return parsed;
    context.addIssue({
      code: "custom",
      message: 'an IP address with or without port, such as "10.0.0.2:53"',
    });
    return z.NEVER;
  })
  .meta({ description: "Server to ask. Left out: those of /etc/resolv.conf.", examples: ["10.0.0.2:53"] });

const dns = z.strictObject({
  provider: z.literal("dns"),
  name: z
    .string()
    .regex(/^(?=.{1,254}$)([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/, {
      error: 'a domain name such as "backends.example.com"',
    })
    .meta({
      description: "The name to ask for; with a dot at its end it is taken as it stands.",
      examples: ["backends.example.com"],
    }),
  type: z
    .enum(["A", "AAAA", "SRV"])
    .default("A")
    .meta({ description: "SRV gives ports and weights too.", examples: ["SRV"] }),
  port: port.optional().meta({
    description: "Where the addresses found listen; needed for A and AAAA, given by SRV.",
    examples: [8000],
  }),
  resolver: resolver.optional(),
  minInterval: duration
    .prefault("1s")
    .meta({ description: "Between two looks, however short the TTL.", examples: ["5s"] }),
  maxInterval: duration
    .prefault("60s")
    .meta({ description: "Between two looks, however long the TTL.", examples: ["5m"] }),
  scheme,
  removeAfter,
});

const file = z.strictObject({
  provider: z.literal("file"),
  path: z
    .string()
    .min(1)
    .meta({
      description:
        "A JSON list of targets as the config has them, or one address a line; looked at again and again.",
      examples: ["/etc/ballast/targets.json"],
    }),
  interval: duration.prefault("1s").meta({ description: "Between two looks.", examples: ["5s"] }),
  scheme,
  removeAfter,
});

/** Where a group's targets are listed: docs/discovery.md. */
export const discoverySchema = z.discriminatedUnion("provider", [ec2, dns, file]);

export type DiscoveryConfig = z.output<typeof discoverySchema>;
export type Ec2DiscoveryConfig = Extract<DiscoveryConfig, { provider: "ec2" }>;
export type DnsDiscoveryConfig = Extract<DiscoveryConfig, { provider: "dns" }>;
export type FileDiscoveryConfig = Extract<DiscoveryConfig, { provider: "file" }>;
