import { z } from "zod";
import { loadPlanSchema } from "./plan.ts";

/** Why a request has no answer. */
export const failureKinds = ["connect", "timeout", "reset", "protocol"] as const;
export type FailureKind = (typeof failureKinds)[number];

const microseconds = z.number().nonnegative();
const tally = z.number().int().nonnegative();

const latencySchema = z.strictObject({
  meanUs: microseconds,
  minUs: microseconds,
  p50Us: microseconds,
  p90Us: microseconds,
  p99Us: microseconds,
  p999Us: microseconds,
  maxUs: microseconds,
  /** The whole distribution: so much percent of the answers took at most so long. */
  curve: z.array(z.strictObject({ percentile: z.number(), us: microseconds })),
});

/** What came of one {@link LoadPlan}. Latencies are of answered requests, whatever their status. */
export const loadResultSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  plan: loadPlanSchema,
  /** Opening the connections of a closed loop; not part of `wallMs`. */
  connectMs: z.number().nonnegative(),
  /** From the first intended start to the last end. */
  wallMs: z.number().nonnegative(),
  requests: tally,
  /** Answers by status; with `failures` they add up to `requests`. */
  statuses: z.record(z.string(), tally),
  failures: z.strictObject({ connect: tally, timeout: tally, reset: tally, protocol: tally }),
  /** Sent a second time since a reused connection was closed before any byte came. */
  retries: tally,
  /** The largest number of connections that were open at the same moment. */
  peakConnections: tally,
  /** The latest that a request was handed over after its intended start: how well the generator kept up. */
  maxScheduleLagMs: z.number().nonnegative(),
  latency: latencySchema,
  targets: z.record(
    z.string(),
    z.strictObject({ requests: tally, p50Us: microseconds, p99Us: microseconds }),
  ),
  /** By the time of the answer, from the first intended start. */
  timeline: z.array(
    z.strictObject({
      startMs: z.number(),
      widthMs: z.number(),
      answers: tally,
      p50Us: microseconds,
      p99Us: microseconds,
    }),
  ),
  /** Answers that arrived and yet are wrong, by what is wrong with them. */
  mistakes: z.record(z.string(), tally),
});

export type LoadResult = z.output<typeof loadResultSchema>;
export type LatencySummary = z.output<typeof latencySchema>;

/** Requests without a good answer: failed, or answered with a status of 400 or more. */
export function failedRequests(result: Pick<LoadResult, "failures" | "statuses">): number {
  const unanswered = failureKinds.reduce((sum, kind) => sum + result.failures[kind], 0);
  const refused = Object.entries(result.statuses).reduce(
    (sum, [status, times]) => sum + (Number(status) >= 400 ? times : 0),
    0,
  );
  return unanswered + refused;
}

/** Answered requests per second of the measured time. */
export function requestsPerSecond(result: Pick<LoadResult, "statuses" | "wallMs">): number {
  const answered = Object.values(result.statuses).reduce((sum, times) => sum + times, 0);
  return result.wallMs > 0 ? (answered * 1000) / result.wallMs : 0;
}
