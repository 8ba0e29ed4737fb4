import { z } from "zod";
import { hashOn } from "./plain-policy-schema.ts";
import { absolutePath, count, duration, hostPattern } from "./scalars.ts";

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

export const route = z.strictObject({
  path: absolutePath
    .regex(/(?<!\/\*)$/, { error: 'a prefix without "*": "/api" takes all below it too' })
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
