import { z } from "zod";
import { count, duration } from "./scalars.ts";

/** What a group may do with a request besides sending it to one target: again, twice, not yet, or not at all. */

/** Methods that may be repeated with the same effect (RFC 9110 §9.2.2). */
const idempotentMethods = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];

const share = z.number().min(0).max(1);

const method = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Z-]+$/, {
  error: 'a method in capital letters, such as "GET"',
});

const conditions = [
  "connect-failure",
  "reset",
  "timeout",
  "invalid-answer",
  "5xx",
  "gateway-error",
  "retriable-4xx",
] as const;

const condition = z.string().regex(new RegExp(`^(${conditions.join("|")}|[45]\\d\\d)$`), {
  error: `one of ${conditions.map((name) => `"${name}"`).join(", ")}, or a status from "400" to "599"`,
});

export const retrySchema = z.strictObject({
  attempts: count(1, 11)
    .default(3)
    .meta({
      description: "Of one request at most, the first included; refused connections do not count.",
      examples: [2],
    }),
  on: z
    .array(condition)
    .default(["connect-failure", "reset"])
    .meta({
      description: `What is tried again, at another target: ${conditions.map((name) => `\`${name}\``).join(", ")}, or a status such as \`"503"\`.`,
      examples: [["connect-failure", "503"]],
    }),
  methods: z
    .array(method)
    .default(idempotentMethods)
    .meta({
      description: "Of requests that may be sent again when they may have reached a target.",
      examples: [["GET", "HEAD"]],
    }),
  budget: share.default(0.2).meta({
    description:
      "Further attempts, retries and hedges, as a share of the requests of the last 10 s, or of those open now.",
    examples: [0.1],
  }),
  minPerSecond: z
    .number()
    .min(0)
    .max(1_000_000)
    .default(10)
    .meta({ description: "So many further attempts a second are always allowed.", examples: [3] }),
  perTryTimeout: duration.optional().meta({
    description:
      "With `timeout` in `on`: for the head of an answer while another target may be tried. Left out: `responseTimeout`.",
    examples: ["2s"],
  }),
});

export const hedgeSchema = z.strictObject({
  after: z
    .string()
    .transform((text, context) => {
      const percent = /^p(\d{2}(?:\.\d+)?)$/.exec(text)?.[1];
      if (percent !== undefined && Number(percent) >= 50)
        return { kind: "quantile", quantile: Number(percent) / 100 } as const;
      const parsed = duration.safeParse(text);
      if (parsed.success) return { kind: "delay", delayMs: parsed.data } as const;
      context.addIssue({ code: "custom", message: '"p95" or another from "p50" on, or a duration' });
      return z.NEVER;
    })
    .prefault("p95")
    .meta({
      description:
        "A second target is asked when no answer has begun by then: `p95` of the group, or a duration.",
      examples: ["250ms"],
    }),
  methods: z
    .array(method)
    .default(["GET", "HEAD"])
    .meta({ description: "Of requests that are hedged.", examples: [["GET"]] }),
});

export const concurrencySchema = z.strictObject({
  adaptive: z.literal(true).meta({ description: "The limit follows the group's latency.", examples: [true] }),
  min: count(1)
    .default(5)
    .meta({ description: "Never fewer in flight.", examples: [10] }),
  max: count(1)
    .default(1000)
    .meta({ description: "Never more in flight.", examples: [500] }),
});
