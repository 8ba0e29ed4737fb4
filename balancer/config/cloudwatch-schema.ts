import { z } from "zod";
import { duration, region } from "./scalars.ts";

/** CloudWatch takes 30; `Group` is one of them. */
const mostDimensions = 29;

const printable = (most: number) =>
  z.string().regex(new RegExp(`^[ -~]{1,${most}}$`), { error: `1 to ${most} printable ASCII characters` });

/** Metrics that the balancer publishes itself: docs/cloudwatch.md. */
export const cloudWatchSchema = z.strictObject({
  namespace: z
    .string()
    .regex(/^(?!AWS\/)[0-9A-Za-z.\-_/#:]{1,255}$/, {
      error: 'a namespace of letters, digits and ".-_/#:" that does not begin with "AWS/", such as "Ballast"',
    })
    .default("Ballast")
    .meta({ description: "Where the metrics stand.", examples: ["Shop/Balancer"] }),
  region,
  interval: duration.prefault("60s").meta({ description: "Between two publications.", examples: ["30s"] }),
  dimensions: z
    .record(printable(255), printable(1024))
    .refine((dimensions) => Object.keys(dimensions).length <= mostDimensions, {
      error: `at most ${mostDimensions} dimensions`,
    })
    .refine((dimensions) => !("Group" in dimensions), {
      error: "other names than Group, which is the group's",
    })
    .default({})
    .meta({
      description: "Beside `Group`, such as the name of the environment.",
      examples: [{ Environment: "production" }],
    }),
});

export type CloudWatchPublishingConfig = z.output<typeof cloudWatchSchema>;
