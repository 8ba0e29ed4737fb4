import { z } from "zod";
import type { PolicyConfig } from "../policy/options.ts";
import { duration, percent } from "./scalars.ts";

export const slowStart = z.strictObject({
  window: duration
    .prefault("10s")
    .meta({ description: "From its coming (back) to its full share.", examples: ["30s"] }),
  aggression: z
    .number()
    .min(0.01)
    .max(100)
    .default(1)
    .meta({
      description: "1 grows linearly; above, faster at first, and below, more slowly.",
      examples: [2],
    }),
  minWeightPercent: percent
    .min(1)
    .default(10)
    .meta({ description: "Of its share, where a target begins.", examples: [5] }),
});

type SlowStartConfig = z.output<typeof slowStart>;

/** A group's slow start; undefined for none. Policies that go by latency have one unless told otherwise. */
export function slowStartOf({
  slowStart: said,
  policy,
}: {
  readonly slowStart?: SlowStartConfig | false | undefined;
  readonly policy: PolicyConfig;
}): SlowStartConfig | undefined {
  if (said === false) return undefined;
  const { name } = policy.name === "cloudwatch" ? policy.chooser : policy;
  const isByLatency = name === "ewma" || name === "p2c-ewma";
  return said ?? (isByLatency ? slowStart.parse({}) : undefined);
}
