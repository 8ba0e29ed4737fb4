import { type Clock, zeroEpochMs } from "../cluster/clock.ts";
import type { Group } from "../cluster/group.ts";
import type { Random } from "../cluster/random.ts";
import type { Config, TargetConfig } from "../config/schema.ts";
import type { CloudWatchConfig } from "../policy/options.ts";
import type { InstanceMetric, ReadMetrics } from "./instance-metrics.ts";
import { awsRegion } from "./region.ts";
import { type CallStatus, RepeatedCall } from "./repeated-call.ts";

const retryMaxMs = 300_000;

export interface InstanceLoadsOptions {
  readonly groups: Config["groups"];
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Where the values go. */
  readonly groupNamed: (name: string) => Group;
  /** The group's targets as the config or discovery has them now: they say which instances they are. */
  readonly targetsOf: (group: string) => readonly TargetConfig[];
}

/** A group whose policy goes by a metric. */
interface MeasuredGroup {
  readonly name: string;
  readonly policy: CloudWatchConfig;
}

/** Groups whose metrics are read in the same calls. */
interface Reading {
  readonly region: string | undefined;
  readonly intervalMs: number;
  readonly groups: MeasuredGroup[];
}

/**
 * Reads for the policy `cloudwatch` how busy the targets' instances are: those of all groups with the same region and
 * interval together.
 */
export class InstanceLoads {
  private readonly readings: readonly RepeatedCall[];

  constructor(private readonly options: InstanceLoadsOptions) {
    this.readings = readingsOf(options.groups).map((reading) => this.begin(reading));
  }

  /** Undefined where no policy goes by a metric. */
  get status(): readonly CallStatus[] | undefined {
    return this.readings.length === 0 ? undefined : this.readings.map(({ status }) => status);
  }

  stop(): void {
    for (const reading of this.readings) reading.stop();
  }

  private begin({ region, intervalMs, groups }: Reading): RepeatedCall {
    let read: ReadMetrics | undefined;
    return new RepeatedCall({
      ...this.options,
      what: `cloudwatch: metrics of ${groups.map(({ name }) => name).join(", ")}`,
      intervalMs,
      firstAfterMs: 0,
      retryMaxMs,
      call: async (signal) => {
        read ??= await readerFor(region);
        await this.read(groups, read, signal);
      },
    });
  }

  private async read(
    groups: readonly MeasuredGroup[],
    read: ReadMetrics,
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = groups.flatMap(({ name, policy }) => this.metricsOf(name, policy));
    const longest = Math.max(...groups.map(({ policy }) => policy.maxAgeMs));
    const points = await read(
      wanted.map(({ metric }) => metric),
      Date.now() - longest,
      signal,
    );
    for (const [index, { group, id }] of wanted.entries()) {
      const point = points[index];
      // It may have left meanwhile.
      const target = group.targets.find((each) => each.id === id);
      if (point !== undefined && target !== undefined)
        group.recordLoad(target, point.value, point.atEpochMs - zeroEpochMs());
    }
  }

  private metricsOf(name: string, { namespace, metric, statistic, dimension }: CloudWatchConfig) {
    const group = this.options.groupNamed(name);
    const instances = new Map(this.options.targetsOf(name).map(({ id, instance }) => [id, instance]));
    return group.targets.map(({ id }): { group: Group; id: string; metric: InstanceMetric } => ({
      group,
      id,
      metric: { namespace, metric, statistic, dimension, instance: instances.get(id) ?? id },
    }));
  }
}

async function readerFor(said: string | undefined): Promise<ReadMetrics> {
  const region = await awsRegion(said);
  const { metricReader } = await import("./instance-metrics.ts");
  return metricReader(region);
}

function readingsOf(groups: Config["groups"]): Reading[] {
  const readings: Reading[] = [];
  for (const [name, { policy }] of Object.entries(groups)) {
    if (policy.name !== "cloudwatch") continue;
    const { region, intervalMs } = policy;
    const same = readings.find((each) => each.region === region && each.intervalMs === intervalMs);
    if (same === undefined) readings.push({ region, intervalMs, groups: [{ name, policy }] });
    else same.groups.push({ name, policy });
  }
  return readings;
}
