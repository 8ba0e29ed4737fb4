import { z } from "zod";
import { count, duration, durationOrNone, percent } from "./scalars.ts";

const streak = count(0, 1000).default(5);
const minimumHosts = count(2, 1000)
  .default(3)
  .meta({ description: "With fewer targets that have `requestVolume`, nothing is compared.", examples: [5] });

const successRate = z.strictObject({
  minimumHosts,
  requestVolume: count(1)
    .default(100)
    .meta({
      description: "Requests in an interval from which on a target's rate says something.",
      examples: [50],
    }),
  stdevFactor: z
    .number()
    .min(0)
    .max(100)
    .default(1.9)
    .meta({
      description: "An outlier is so many standard deviations below the others' mean.",
      examples: [2.5],
    }),
  minimumGapPercent: percent
    .default(10)
    .meta({ description: "And so many percentage points below it.", examples: [20] }),
});

const latency = z.strictObject({
  minimumHosts,
  requestVolume: count(1)
    .default(20)
    .meta({
      description: "Requests in an interval from which on a target's latency says something.",
      examples: [50],
    }),
  factor: z
    .number()
    .min(1)
    .max(1000)
    .default(5)
    .meta({ description: "An outlier takes so many times the others' median.", examples: [3] }),
  for: duration.prefault("30s").meta({ description: "And does so for this long.", examples: ["1m"] }),
});

/** A group's `outlierDetection`. */
export const outlierSchema = z.strictObject({
  consecutive5xx: streak.meta({
    description: "Server errors in a row, attempts without an answer included. 0: never, here and below.",
    examples: [10],
  }),
  consecutiveGatewayFailure: streak.meta({
    description: "502, 503, 504 and attempts without an answer in a row.",
    examples: [3],
  }),
  consecutiveLocalOriginFailure: streak.meta({
    description: "Attempts without an answer in a row: no connection, timeout, reset.",
    examples: [3],
  }),
  successRate: z
    .union([successRate, z.literal(false)], { error: "an object, or false" })
    .prefault({})
    .meta({
      description: "Targets that succeed less often than the others. false: not compared.",
      examples: [{ minimumHosts: 5 }],
    }),
  latency: z
    .union([latency, z.literal(false)], { error: "an object, or false" })
    .default(false)
    .meta({
      description: "Targets much slower than the others. false: not compared.",
      examples: [{ factor: 3 }],
    }),
  interval: duration
    .prefault("10s")
    .meta({ description: "Between two comparisons of the targets.", examples: ["30s"] }),
  baseEjectionTime: duration.prefault("5s").meta({
    description: "The first ejection takes this long, the second twice as long.",
    examples: ["30s"],
  }),
  maxEjectionTime: duration
    .prefault("15s")
    .meta({ description: "No ejection takes longer, but for jitter.", examples: ["5m"] }),
  jitter: durationOrNone
    .prefault("1s")
    .meta({ description: "Each ejection takes up to so much longer, at random.", examples: ["0s"] }),
  maxEjectedPercent: percent.default(50).meta({
    description: "Of the targets, ejected at a time; one of several always may be, unless 0.",
    examples: [20],
  }),
});
