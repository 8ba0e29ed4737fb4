import { z } from "zod";
import { count, duration, durationOrNone, percent } from "./scalars.ts";

const streak = count(0, 1000).default(5);
const minimumHosts = count(2, 1000)
  .default(3)
  .meta({ description: "With fewer targets that have `requestVolume`, nothing is compared." });

const successRate = z.strictObject({
  minimumHosts,
  requestVolume: count(1)
    .default(100)
    .meta({ description: "Requests in an interval from which on a target's rate says something." }),
  stdevFactor: z.number().min(0).max(100).default(1.9).meta({
    description: "An outlier is so many standard deviations below the others' mean.",
  }),
  minimumGapPercent: percent.default(10).meta({ description: "And so many percentage points below it." }),
});

const latency = z.strictObject({
  minimumHosts,
  requestVolume: count(1)
    .default(20)
    .meta({ description: "Requests in an interval from which on a target's latency says something." }),
  factor: z
    .number()
    .min(1)
    .max(1000)
    .default(5)
    .meta({ description: "An outlier takes so many times the others' median." }),
  for: duration.prefault("30s").meta({ description: "And does so for this long." }),
});

/** A group's `outlierDetection`. */
export const outlierSchema = z.strictObject({
  consecutive5xx: streak.meta({
    description: "Server errors in a row, attempts without an answer included. 0: never, here and below.",
  }),
  consecutiveGatewayFailure: streak.meta({
    description: "502, 503, 504 and attempts without an answer in a row.",
  }),
  consecutiveLocalOriginFailure: streak.meta({
    description: "Attempts without an answer in a row: no connection, timeout, reset.",
  }),
  successRate: z
    .union([successRate, z.literal(false)], { error: "an object, or false" })
    .prefault({})
    .meta({ description: "Targets that succeed less often than the others. false: not compared." }),
  latency: z
    .union([latency, z.literal(false)], { error: "an object, or false" })
    .default(false)
    .meta({ description: "Targets much slower than the others. false: not compared." }),
  interval: duration.prefault("10s").meta({ description: "Between two comparisons of the targets." }),
  baseEjectionTime: duration
    .prefault("5s")
    .meta({ description: "The first ejection takes this long, the second twice as long." }),
  maxEjectionTime: duration
    .prefault("15s")
    .meta({ description: "No ejection takes longer, but for jitter." }),
  jitter: durationOrNone
    .prefault("1s")
    .meta({ description: "Each ejection takes up to so much longer, at random." }),
  maxEjectedPercent: percent.default(50).meta({
    description: "Of the targets, ejected at a time; one of several always may be, unless 0.",
  }),
});
