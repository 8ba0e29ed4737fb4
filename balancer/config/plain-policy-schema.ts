import { z } from "zod";
import { defaultPolicyConfigs } from "../policy/options.ts";
import { formatDuration } from "./duration.ts";
import { count, duration } from "./scalars.ts";

const defaults = defaultPolicyConfigs;

const ewmaOptions = {
  decay: duration.prefault(formatDuration(defaults.ewma.decayMs)).meta({
    description: "How long a sample counts: one of this age weighs 1/e of a new one.",
    examples: ["5s"],
  }),
  on: z
    .enum(["first-byte", "complete"])
    .default(defaults.ewma.on)
    .meta({
      description: "What is measured: the time to the first byte of the answer, or to its last.",
      examples: ["complete"],
    }),
};

const ewmaConfig = <Name extends "ewma" | "p2c-ewma">(name: Name) =>
  z
    .strictObject({ name: z.literal(name), ...ewmaOptions })
    .transform(({ decay, on }) => ({ name, decayMs: decay, on }));

export const hashOn = z
  .string()
  .regex(/^(ip|(header|cookie):[!#$%&'*+.^_`|~0-9A-Za-z-]+)$/, {
    error: '"ip", "header:<name>" or "cookie:<name>"',
  })
  .transform((text) => {
    if (text === "ip") return { kind: "ip" } as const;
    const name = text.slice("header:".length);
    return text.startsWith("header:")
      ? ({ kind: "header", name: name.toLowerCase() } as const)
      : ({ kind: "cookie", name } as const);
  })
  .meta({
    description: 'What is hashed: "ip", "header:<name>" or "cookie:<name>".',
    examples: ["cookie:session"],
  });

/** Those that need nothing more of the config or the targets. */
export const plainPolicies = [
  z.strictObject({ name: z.literal("round-robin") }),
  z.strictObject({
    name: z.literal("weighted-round-robin"),
    smooth: z
      .boolean()
      .default(defaults["weighted-round-robin"].smooth)
      .meta({
        description: "Spread each target's turns evenly instead of giving them in a row.",
        examples: [true],
      }),
  }),
  z.strictObject({ name: z.literal("random") }),
  z.strictObject({ name: z.literal("least-connections") }),
  ewmaConfig("ewma"),
  ewmaConfig("p2c-ewma"),
  z
    .strictObject({
      name: z.literal("prequal"),
      poolSize: count(1, 1024)
        .default(defaults.prequal.poolSize)
        .meta({ description: "Reports kept at most.", examples: [32] }),
      probeLife: duration
        .prefault(formatDuration(defaults.prequal.probeLifeMs))
        .meta({ description: "A report older than this is not used.", examples: ["500ms"] }),
      probesPerQuery: z
        .number()
        .min(0.1)
        .max(16)
        .default(defaults.prequal.probesPerQuery)
        .meta({ description: "Probes sent for each request; a fraction is sent on average.", examples: [2] }),
      removalsPerQuery: z
        .number()
        .min(0)
        .max(16)
        .default(defaults.prequal.removalsPerQuery)
        .meta({
          description: "Reports removed for each request, the oldest and the worst in turn.",
          examples: [2],
        }),
      hotQuantile: z
        .number()
        .min(0)
        .max(1)
        .default(defaults.prequal.hotQuantile)
        .meta({
          description:
            "A target is hot when it has more requests in flight than this quantile of the reports.",
          examples: [0.9],
        }),
    })
    .transform(({ probeLife, ...rest }) => ({ ...rest, probeLifeMs: probeLife })),
] as const;
