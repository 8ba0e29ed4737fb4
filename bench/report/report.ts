import { z } from "zod";
import { cloudWatchSchema } from "../cloudwatch/statistics.ts";
import { type LoadResult, loadResultSchema } from "../load/result.ts";
import { failure, type Outcome, success } from "../outcome.ts";

/** Raised by every change that an older reader would misunderstand. */
export const reportSchemaName = "ballast-bench/1";

const runSchema = z.strictObject({ cluster: z.string(), result: loadResultSchema });

/** One load of a series that grows, in an open loop. */
const stepSchema = z.strictObject({
  cluster: z.string(),
  ratePerSecond: z.number().positive(),
  requests: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  p50Us: z.number().nonnegative(),
  p99Us: z.number().nonnegative(),
});

/** What came of the same load on one system. */
const measuredSchema = z.strictObject({
  runs: z.array(runSchema).min(1),
  steps: z.array(stepSchema),
});

/** What `report.json` holds: where and what was measured, and the result for each cluster. */
export const reportSchema = z.strictObject({
  schema: z.literal(reportSchemaName),
  createdAt: z.iso.datetime(),
  /** What was typed, for whoever wants to see the same. */
  command: z.string().optional(),
  subject: z.strictObject({
    /** `lab`: processes that the benchmark started itself; `url`: a system that was there. */
    kind: z.enum(["lab", "url"]),
    url: z.string(),
    /** The balancer's policy, where the benchmark chose it. */
    policy: z.string().optional(),
  }),
  /** The servers behind, where the benchmark knows them. */
  clusters: z
    .array(z.strictObject({ name: z.string(), machine: z.string(), targets: z.array(z.string()) }))
    .optional(),
  /** Where the load came from. */
  machine: z.strictObject({
    os: z.string(),
    cpu: z.string(),
    cores: z.number().int(),
    memoryMiB: z.number(),
    bun: z.string(),
  }),
  ...measuredSchema.shape,
  steps: measuredSchema.shape.steps.default([]),
  /** Other balancers under the same load, in the same run. */
  others: z
    .array(z.strictObject({ name: z.string(), version: z.string().optional(), ...measuredSchema.shape }))
    .default([]),
  /** What AWS says of the same time, where it was asked. */
  cloudWatch: cloudWatchSchema.optional(),
});

export type Report = z.output<typeof reportSchema>;
export type Run = z.output<typeof runSchema>;
export type Step = z.output<typeof stepSchema>;
export type Measured = z.output<typeof measuredSchema>;

/** A name for the measured system that its others can be told from. */
export function subjectName({ subject }: Pick<Report, "subject">): string {
  return subject.kind === "lab" ? "Ballast" : new URL(subject.url).host;
}

export interface NamedMeasured extends Measured {
  readonly name: string;
}

/** The measured system first, then its others. */
export function everyone(report: Report): readonly NamedMeasured[] {
  return [{ runs: report.runs, steps: report.steps, name: subjectName(report) }, ...report.others];
}

/** Reads a `report.json`; the fault names the file and every field that is not as it should be. */
export async function readReport(path: string): Promise<Outcome<Report>> {
  let value: unknown;
  try {
    value = await Bun.file(path).json();
  } catch (error) {
    return failure(`${path}: expected a report.json, ${error instanceof Error ? error.message : error}`);
  }
  const parsed = reportSchema.safeParse(value);
  return parsed.success
    ? success(parsed.data)
    : failure(`${path} is no report of schema ${reportSchemaName}:\n${z.prettifyError(parsed.error)}`);
}

/** Answers that a target gave, as a share of all that could be told apart. */
export function targetShares(result: LoadResult): { target: string; requests: number; share: number }[] {
  const entries = Object.entries(result.targets);
  const all = entries.reduce((sum, [, { requests }]) => sum + requests, 0);
  return entries.map(([target, { requests }]) => ({ target, requests, share: requests / all }));
}
