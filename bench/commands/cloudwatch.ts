import { type CloudWatchStatistics, cloudWatchStatistics } from "../cloudwatch/statistics.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import type { Measured } from "../report/report.ts";
import type { BenchOptions } from "./options.ts";
import type { ProgressStream } from "./progress.ts";

const pauseMs = 10_000;
const instanceId = /^i-[0-9a-f]{8,17}$/;

/** What CloudWatch has of the time of the runs, in ms since 1970; undefined when it is not to be asked. */
export async function askCloudWatch(
  { runs }: Measured,
  time: { readonly fromMs: number; readonly toMs: number },
  { cloudWatch }: Pick<BenchOptions, "cloudWatch">,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<Outcome<CloudWatchStatistics | undefined>> {
  if (cloudWatch === undefined) return success(undefined);
  const { region, namespace, dimensions, waitMs } = cloudWatch;
  const window = {
    region,
    namespace,
    dimensions,
    ...time,
    clusters: runs.map(({ cluster, result }) => ({
      name: cluster,
      answered: Object.values(result.targets).reduce((sum, { requests }) => sum + requests, 0),
    })),
    instances: [...new Set(runs.flatMap(({ result }) => Object.keys(result.targets)))].filter((id) =>
      instanceId.test(id),
    ),
  };
  stream.write(`waiting for the data of CloudWatch, ${waitMs / 1000} s at most\n`);
  const { windowReader } = await import("../cloudwatch/window.ts");
  try {
    const patience = { waitMs, pauseMs: Math.min(pauseMs, waitMs), signal };
    return success(await cloudWatchStatistics(window, windowReader(region), patience));
  } catch (error) {
    const { name, message } = error as Error;
    return failure(`CloudWatch in ${region}: ${name}: ${message}`);
  }
}
