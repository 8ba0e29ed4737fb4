import { z } from "zod";
import {
  type ChooserConfig,
  defaultPolicyConfigs,
  type PolicyConfig,
  type PolicyName,
} from "../policy/options.ts";
import { formatDuration } from "./duration.ts";
import { putExamples } from "./json-examples.ts";
import { hashOn, plainPolicies } from "./plain-policy-schema.ts";
import { duration, region, requestTarget } from "./scalars.ts";

const defaults = defaultPolicyConfigs;

/** As {@link policySchema}, for the policy that another one asks. */
const chooserSchema = z
  .preprocess(fromName, z.discriminatedUnion("name", plainPolicies))
  .transform((policy): ChooserConfig => policy)
  .prefault(defaults.cloudwatch.chooser.name)
  .meta({
    description: "The policy that chooses among those under the limit.",
    examples: ["least-connections"],
  });

const metric = defaults.cloudwatch;

const cloudWatch = z
  .strictObject({
    name: z.literal("cloudwatch"),
    namespace: z
      .string()
      .min(1)
      .max(255)
      .default(metric.namespace)
      .meta({ description: "Of the metric.", examples: ["CWAgent"] }),
    metric: z
      .string()
      .min(1)
      .max(255)
      .default(metric.metric)
      .meta({ description: "Of the targets' instances.", examples: ["mem_used_percent"] }),
    statistic: z
      .string()
      .regex(/^(Average|Maximum|Minimum|Sum|SampleCount|p\d{1,2}(\.\d{1,2})?)$/, {
        error: '"Average", "Maximum", "Minimum", "Sum", "SampleCount" or a percentile such as "p90"',
      })
      .default(metric.statistic)
      .meta({ description: "Of the metric over a minute.", examples: ["p90"] }),
    dimension: z
      .string()
      .min(1)
      .max(255)
      .default(metric.dimension)
      .meta({
        description: "The metric's dimension that holds a target's `instance`.",
        examples: ["host"],
      }),
    limit: z
      .number()
      .default(metric.limit)
      .meta({
        description:
          "In the metric's unit; above it a target gets no new requests while another is under it.",
        examples: [80],
      }),
    interval: duration
      .prefault(formatDuration(metric.intervalMs))
      .meta({ description: "Between two looks at the metric, of all targets at once.", examples: ["30s"] }),
    maxAge: duration
      .prefault(formatDuration(metric.maxAgeMs))
      .meta({ description: "A value older than this counts as none.", examples: ["5m"] }),
    region,
    // biome-ignore lint/suspicious/noThenProperty: a key of lb.json, and gone below
    then: chooserSchema,
  })
  .transform(({ interval, maxAge, region, then: chooser, ...rest }) => ({
    ...rest,
    chooser,
    intervalMs: interval,
    maxAgeMs: maxAge,
    region,
  }));

const policyObject = z.discriminatedUnion("name", [
  ...plainPolicies,
  z
    .strictObject({
      name: z.literal("least-load"),
      path: requestTarget.default(defaults["least-load"].path).meta({
        description: "Where a target tells its load as a bare number.",
        examples: ["/metrics/load"],
      }),
      interval: duration
        .prefault(formatDuration(defaults["least-load"].intervalMs))
        .meta({ description: "Between two looks at a target's load.", examples: ["500ms"] }),
    })
    .transform(({ name, path, interval }) => ({ name, path, intervalMs: interval })),
  z.strictObject({ name: z.literal("hash"), on: hashOn.prefault("ip") }),
  cloudWatch,
]);

const names = Object.keys(defaults) as [PolicyName, ...PolicyName[]];

const meta = {
  description: "How one target is chosen: a name, or an object with `name` and options.",
  examples: ["least-connections", { name: "ewma", decay: "5s" }],
};

/** A policy's name, or an object with `name` and its options. */
export const policySchema = z
  .preprocess(fromName, policyObject)
  .transform((policy): PolicyConfig => policy)
  .meta({ id: "policy", ...meta });

/** The JSON Schema of {@link policySchema}: zod can't see through the shorthand. */
export const policyJsonSchema = () => {
  // Only a whole schema may say which draft it is of.
  const { $schema: _, ...object } = z.toJSONSchema(policyObject, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      putExamples({ zodSchema, jsonSchema });
      if (zodSchema !== chooserSchema) return;
      delete jsonSchema.oneOf;
      jsonSchema.$ref = "#/$defs/policy";
    },
  });
  return { ...meta, anyOf: [{ type: "string", enum: names }, object] };
};

function fromName(value: unknown): unknown {
  return typeof value === "string" ? { name: value } : value;
}
