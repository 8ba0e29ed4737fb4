import { z } from "zod";
import { count, duration, requestTarget } from "./scalars.ts";

export const health = z.strictObject({
  path: requestTarget.default("/health").meta({
    description: "Asked with GET; 2xx and 3xx are healthy. Of http targets alone.",
    examples: ["/healthz"],
  }),
  interval: duration
    .prefault("2s")
    .meta({ description: "Between two checks of a target, with ±10 % jitter.", examples: ["5s"] }),
  timeout: duration
    .prefault("1s")
    .meta({ description: "A check that takes longer has failed.", examples: ["500ms"] }),
  healthyAfter: count(1, 100)
    .default(1)
    .meta({ description: "Checks in a row that bring a target in.", examples: [2] }),
  unhealthyAfter: count(1, 100)
    .default(3)
    .meta({ description: "Failures in a row that take a target out.", examples: [5] }),
});

type HealthRules = z.output<typeof health>;

const healthDefaults = health.parse({});

/** The rules of a group's checks; those of nothing said where there is no `health` block. */
export function healthOf({
  health: said,
}: {
  readonly health?: HealthRules | false | undefined;
}): HealthRules {
  return said === undefined || said === false ? healthDefaults : said;
}
