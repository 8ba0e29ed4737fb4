import { z } from "zod";

const milliseconds = z.number().finite().positive();
const count = z.number().int().positive();

/** A closed loop: each connection sends its next request when the last one has been answered. */
const closedShape = z
  .strictObject({
    kind: z.literal("closed"),
    /** Connections, all opened before the first request; so many requests are in flight at once. */
    concurrency: count,
    /** Ends after so many requests … */
    requests: count.optional(),
    /** … or when no more are started after this time; one of the two is needed. */
    durationMs: milliseconds.optional(),
  })
  .refine((shape) => (shape.requests === undefined) !== (shape.durationMs === undefined), {
    message: "exactly one of requests and durationMs is needed",
  });

/** An open loop: requests start when they are due, whatever has become of those before. */
const openShape = z.strictObject({
  kind: z.literal("open"),
  /** Mean of the Poisson arrivals. */
  ratePerSecond: z.number().finite().positive(),
  durationMs: milliseconds,
  /** A request that is due when all of these are busy waits for one; its latency counts all the same. */
  maxConnections: count,
});

/** What load to put on which address; plain data, so that it can stand in a report. */
export const loadPlanSchema = z.strictObject({
  /** Absolute, `http:` or `https:`; HTTP/1.1 in both cases. */
  url: z.url({ protocol: /^https?$/, error: "expected an absolute http:// or https:// URL" }),
  method: z.enum(["GET", "HEAD"]).default("GET"),
  shape: z.discriminatedUnion("kind", [closedShape, openShape]),
  /** Load of the same shape before the measurement, sent but not counted. */
  warmupMs: z.number().finite().nonnegative().default(0),
  /** From the intended start of a request to the last byte of its answer. */
  timeoutMs: milliseconds.default(30_000),
  connectTimeoutMs: milliseconds.default(10_000),
  /** Every JSON answer must name this `cluster`; another one is a mistake of the balancer. */
  expectCluster: z.string().optional(),
  /** Seed of the arrival times. */
  seed: z.number().int().nonnegative().default(1),
  /** Accept any TLS certificate. */
  insecureTls: z.boolean().default(false),
});

export type LoadPlan = z.output<typeof loadPlanSchema>;
export type LoadPlanInput = z.input<typeof loadPlanSchema>;
export type ClosedShape = z.output<typeof closedShape>;
export type OpenShape = z.output<typeof openShape>;
