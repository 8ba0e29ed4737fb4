import type { WriteMetrics } from "../../aws/metric-writer.ts";
import { awsRegion } from "../../aws/region.ts";
import { type CallStatus, RepeatedCall } from "../../aws/repeated-call.ts";
import type { Clock } from "../../cluster/clock.ts";
import type { Group } from "../../cluster/group.ts";
import type { Random } from "../../cluster/random.ts";
import type { CloudWatchPublishingConfig } from "../../config/cloudwatch-schema.ts";
import { GroupIntervals } from "./group-intervals.ts";
import { metricData } from "./metric-data.ts";
import { UnsentData } from "./unsent.ts";

/** How many intervals may wait while CloudWatch takes nothing: an hour, by the usual minute. */
const mostIntervals = 60;
const metricsPerGroup = 5;
const lastSendMs = 5000;

export interface PublisherOptions {
  readonly config: CloudWatchPublishingConfig;
  readonly groups: Iterable<Group>;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Publishes to CloudWatch what happened in each group. What can't be sent is sent with the next. */
export class CloudWatchPublisher {
  private readonly intervals: readonly GroupIntervals[];
  private readonly unsent: UnsentData;
  private readonly sending: RepeatedCall;
  private write: WriteMetrics | undefined;

  constructor(private readonly options: PublisherOptions) {
    const { config } = options;
    this.intervals = [...options.groups].map((group) => new GroupIntervals(group));
    this.unsent = new UnsentData(mostIntervals * metricsPerGroup * this.intervals.length);
    this.sending = new RepeatedCall({
      ...options,
      what: "cloudwatch: publishing",
      intervalMs: config.interval,
      firstAfterMs: config.interval,
      // Each interval is to have a value of its own.
      retryMaxMs: config.interval,
      call: (signal) => this.publish(signal),
    });
  }

  get status(): CallStatus {
    return this.sending.status;
  }

  /** Sends the last interval, and what waits; gives up after 5 s. */
  async close(): Promise<void> {
    const signal = AbortSignal.timeout(lastSendMs);
    signal.addEventListener("abort", () => this.sending.stop());
    // A call that is given up may have arrived: sent again, it would count twice.
    await this.sending.finish();
    try {
      await this.publish(signal);
    } catch (error) {
      this.options.log(`cloudwatch: publishing at the end: ${(error as Error).message}`);
    }
  }

  /** Ends at once. */
  stop(): void {
    this.sending.stop();
  }

  private async publish(signal: AbortSignal): Promise<void> {
    const { namespace, dimensions, region } = this.options.config;
    const at = new Date();
    const lost = this.unsent.add(
      this.intervals.flatMap((interval) => metricData(interval.take(), dimensions, at)),
    );
    if (lost > 0) this.options.log(`cloudwatch: publishing: ${lost} values are too old and lost`);
    this.write ??= await writerFor(region);
    for (let data = this.unsent.next(); data.length > 0; data = this.unsent.next()) {
      await this.write(namespace, data, signal);
      this.unsent.sent(data.length);
    }
  }
}

async function writerFor(said: string | undefined): Promise<WriteMetrics> {
  const region = await awsRegion(said);
  const { metricWriter } = await import("../../aws/metric-writer.ts");
  return metricWriter(region);
}
