import { InstanceLoads } from "./aws/instance-loads.ts";
import type { Clock } from "./cluster/clock.ts";
import type { Group } from "./cluster/group.ts";
import { systemRandom } from "./cluster/random.ts";
import type { Config } from "./config/schema.ts";
import { Discovery, type SetTargets } from "./discovery/discovery.ts";
import { CloudWatchPublisher } from "./observe/cloudwatch/publisher.ts";
import type { MainStatus } from "./observe/main-status.ts";
import type { Services } from "./services.ts";

/** How long the start waits for the first targets of groups that have none of their own: without them it is of no use. */
const firstAnswersMs = 3000;

export interface MainTasksOptions {
  readonly config: Config;
  readonly clock: Clock;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** What the main thread does beside serving, whatever number of threads serve: it finds targets and asks CloudWatch. */
export class MainTasks {
  private readonly discovery: Discovery;
  private loads: InstanceLoads | undefined;
  private publisher: CloudWatchPublisher | undefined;

  constructor(private readonly options: MainTasksOptions) {
    this.discovery = new Discovery({ ...options, groups: options.config.groups, random: systemRandom() });
  }

  /** The config with the first targets that were found. */
  async firstTargets(): Promise<Config> {
    await this.discovery.firstAnswers(firstAnswersMs);
    return this.discovery.complete(this.options.config);
  }

  /** Begins with what needs the groups. */
  start(services: Services, setTargets: SetTargets): void {
    const { discovery } = this;
    const { config, clock, log } = this.options;
    const world = { clock, log, random: systemRandom() };
    discovery.follow(setTargets);
    this.loads = new InstanceLoads({
      ...world,
      groups: config.groups,
      groupNamed: (name) => groupNamed(services, name),
      targetsOf: (name) => discovery.targetsOf(name),
    });
    if (config.cloudwatch === undefined) return;
    const groups = [...services.all.values()].map(({ group }) => group);
    this.publisher = new CloudWatchPublisher({ ...world, config: config.cloudwatch, groups });
  }

  /** Whether {@link status} has anything to tell. */
  get hasStatus(): boolean {
    const { groups, cloudwatch } = this.options.config;
    return (
      cloudwatch !== undefined ||
      Object.values(groups).some(
        ({ discovery, policy }) => discovery !== undefined || policy.name === "cloudwatch",
      )
    );
  }

  get status(): MainStatus {
    const { discovery, loads, publisher } = this;
    const cloudwatch = {
      ...(loads?.status !== undefined && { metrics: loads.status }),
      ...(publisher !== undefined && { publishing: publisher.status }),
    };
    return {
      ...(discovery.status !== undefined && { discovery: discovery.status }),
      ...(Object.keys(cloudwatch).length > 0 && { cloudwatch }),
    };
  }

  /** Looks for nothing more: what is open is being finished. */
  drain(): void {
    this.discovery.stop();
    this.loads?.stop();
  }

  /** All is finished: publishes the last of it. */
  async close(): Promise<void> {
    this.drain();
    await this.publisher?.close();
  }

  /** Ends at once. */
  stop(): void {
    this.drain();
    this.publisher?.stop();
  }
}

function groupNamed({ all }: Services, name: string): Group {
  const service = all.get(name);
  if (service === undefined) throw new Error(`there is no group ${name}`);
  return service.group;
}
