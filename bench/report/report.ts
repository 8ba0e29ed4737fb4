import { z } from "zod";
import { type LoadResult, loadResultSchema } from "../load/result.ts";
import { failure, type Outcome, success } from "../outcome.ts";

/** Raised by every change that an older reader would misunderstand. */
export const reportSchemaName = "ballast-bench/1";

/** What `report.json` holds: where and what was measured, and the result for each cluster. */
export const reportSchema = z.strictObject({
  schema: z.literal(reportSchemaName),
  createdAt: z.iso.datetime(),
  subject: z.strictObject({
    /** `lab`: processes that the benchmark started itself; `url`: a system that was there. */
    kind: z.enum(["lab", "url"]),
    url: z.string(),
    /** The balancer's policy, where the benchmark chose it. */
    policy: z.string().optional(),
  }),
  /** Where the load came from. */
  machine: z.strictObject({
    os: z.string(),
    cpu: z.string(),
    cores: z.number().int(),
    memoryMiB: z.number(),
    bun: z.string(),
  }),
  runs: z.array(z.strictObject({ cluster: z.string(), result: loadResultSchema })).min(1),
});

export type Report = z.output<typeof reportSchema>;
export type Run = Report["runs"][number];

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
