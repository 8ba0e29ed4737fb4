import { InstanceLoads } from "./aws/instance-loads.ts";
import type { Clock } from "./cluster/clock.ts";
import type { Group } from "./cluster/group.ts";
import { systemRandom } from "./cluster/random.ts";
import type { Config } from "./config/schema.ts";
import { Discovery, type SetTargets } from "./discovery/discovery.ts";
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
    discovery.follow(setTargets);
    this.loads = new InstanceLoads({
      ...this.options,
      groups: this.options.config.groups,
      random: systemRandom(),
      groupNamed: (name) => groupNamed(services, name),
      targetsOf: (name) => discovery.targetsOf(name),
    });
  }

  /** Whether {@link status} has anything to tell. */
  get hasStatus(): boolean {
    const groups = Object.values(this.options.config.groups);
    return groups.some(({ discovery, policy }) => discovery !== undefined || policy.name === "cloudwatch");
  }

  get status(): MainStatus {
    const { discovery, loads } = this;
    return {
      ...(discovery.status !== undefined && { discovery: discovery.status }),
      ...(loads?.status !== undefined && { cloudwatch: { metrics: loads.status } }),
    };
  }

  stop(): void {
    this.discovery.stop();
    this.loads?.stop();
  }
}

function groupNamed({ all }: Services, name: string): Group {
  const service = all.get(name);
  if (service === undefined) throw new Error(`there is no group ${name}`);
  return service.group;
}
