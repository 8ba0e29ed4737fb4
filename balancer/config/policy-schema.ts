import { z } from "zod";
import { defaultPolicyConfigs, type PolicyConfig, type PolicyName } from "../policy/options.ts";
import { formatDuration } from "./duration.ts";
import { count, duration, requestTarget } from "./scalars.ts";

const defaults = defaultPolicyConfigs;

const ewmaOptions = {
  decay: duration.prefault(formatDuration(defaults.ewma.decayMs)).meta({
    description: "How long a sample counts: one of this age weighs 1/e of a new one.",
  }),
  on: z.enum(["first-byte", "complete"]).default(defaults.ewma.on).meta({
    description: "What is measured: the time to the first byte of the answer, or to its last.",
  }),
  slowStart: duration.prefault(formatDuration(defaults.ewma.slowStartMs)).meta({
    description: "For this long a new or returned target gets a growing part of its share.",
  }),
};

const ewmaConfig = <Name extends "ewma" | "p2c-ewma">(name: Name) =>
  z
    .strictObject({ name: z.literal(name), ...ewmaOptions })
    .transform(({ decay, on, slowStart }) => ({ name, decayMs: decay, on, slowStartMs: slowStart }));

const hashOn = z
  .string()
  .transform((text, context) => {
    if (text === "ip") return { kind: "ip" } as const;
    const match = /^(header|cookie):([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/.exec(text);
    const name = match?.[2];
    if (name !== undefined && match?.[1] === "header")
      return { kind: "header", name: name.toLowerCase() } as const;
    if (name !== undefined) return { kind: "cookie", name } as const;
    context.addIssue({ code: "custom", message: '"ip", "header:<name>" or "cookie:<name>"' });
    return z.NEVER;
  })
  .meta({
    description: 'What is hashed: "ip", "header:<name>" or "cookie:<name>".',
    examples: ["cookie:session"],
  });

const policyObject = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("round-robin") }),
  z.strictObject({
    name: z.literal("weighted-round-robin"),
    smooth: z.boolean().default(defaults["weighted-round-robin"].smooth).meta({
      description: "Spread each target's turns evenly instead of giving them in a row.",
    }),
  }),
  z.strictObject({ name: z.literal("random") }),
  z.strictObject({ name: z.literal("least-connections") }),
  z
    .strictObject({
      name: z.literal("least-load"),
      path: requestTarget
        .default(defaults["least-load"].path)
        .meta({ description: "Where a target tells its load as a bare number." }),
      interval: duration
        .prefault(formatDuration(defaults["least-load"].intervalMs))
        .meta({ description: "Between two looks at a target's load." }),
    })
    .transform(({ name, path, interval }) => ({ name, path, intervalMs: interval })),
  ewmaConfig("ewma"),
  ewmaConfig("p2c-ewma"),
  z
    .strictObject({
      name: z.literal("prequal"),
      poolSize: count(1, 1024)
        .default(defaults.prequal.poolSize)
        .meta({ description: "Reports kept at most." }),
      probeLife: duration
        .prefault(formatDuration(defaults.prequal.probeLifeMs))
        .meta({ description: "A report older than this is not used." }),
      probesPerQuery: z
        .number()
        .min(0.1)
        .max(16)
        .default(defaults.prequal.probesPerQuery)
        .meta({ description: "Probes sent for each request; a fraction is sent on average." }),
      removalsPerQuery: z
        .number()
        .min(0)
        .max(16)
        .default(defaults.prequal.removalsPerQuery)
        .meta({ description: "Reports removed for each request, the oldest and the worst in turn." }),
      hotQuantile: z.number().min(0).max(1).default(defaults.prequal.hotQuantile).meta({
        description: "A target is hot when it has more requests in flight than this quantile of the reports.",
      }),
    })
    .transform(({ probeLife, ...rest }) => ({ ...rest, probeLifeMs: probeLife })),
  z.strictObject({ name: z.literal("hash"), on: hashOn.prefault("ip") }),
]);

const names = Object.keys(defaults) as [PolicyName, ...PolicyName[]];

/** A policy's name, or an object with `name` and its options. */
export const policySchema = z
  .preprocess((value) => (typeof value === "string" ? { name: value } : value), policyObject)
  .transform((policy): PolicyConfig => policy)
  .meta({
    id: "policy",
    description: "How one target is chosen: a name, or an object with `name` and options.",
  });

/** The JSON Schema of {@link policySchema}: zod can't see through the shorthand. */
export const policyJsonSchema = () => ({
  description: "How one target is chosen: a name, or an object with `name` and options.",
  anyOf: [
    { type: "string", enum: names },
    z.toJSONSchema(policyObject, { io: "input", unrepresentable: "any" }),
  ],
});
