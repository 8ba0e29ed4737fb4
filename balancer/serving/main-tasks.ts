import { CertificateKeepers } from "../acme/certificate-keepers.ts";
import { InstanceLoads } from "../aws/instance-loads.ts";
import type { Clock, Timer } from "../cluster/clock.ts";
import type { Group } from "../cluster/group.ts";
import { systemRandom } from "../cluster/random.ts";
import type { Config } from "../config/schema.ts";
import {
  Discovery,
  firstAnswersMs,
  type PreparedDiscovery,
  type SetTargets,
} from "../discovery/discovery.ts";
import { CloudWatchPublisher } from "../observe/cloudwatch/publisher.ts";
import type { MainStatus } from "../observe/main-status.ts";
import type { ReloadRecord } from "../reload/reload-record.ts";
import { areOpenFilesShort } from "../sockets/open-files.ts";
import type { Services } from "./services.ts";
import { watchOpenFiles } from "./watch-open-files.ts";

export interface MainTasksOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly reloads: Pick<ReloadRecord, "status">;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/**
 * What the main thread does beside serving, whatever number of threads serve: it finds targets, asks CloudWatch and obtains
 * certificates.
 */
export class MainTasks {
  private readonly discovery: Discovery;
  private loads: InstanceLoads | undefined;
  private publisher: CloudWatchPublisher | undefined;
  private keepers: CertificateKeepers | undefined;
  private openFiles: Timer | undefined;

  constructor(private readonly options: MainTasksOptions) {
    this.discovery = new Discovery({ ...options, groups: options.config.groups, random: systemRandom() });
  }

  /** The config with the first targets that were found. */
  async firstTargets(): Promise<Config> {
    await this.discovery.firstAnswers(firstAnswersMs);
    return this.complete(this.options.config);
  }

  /** The config in force with the targets found so far. */
  complete(config: Config): Config {
    return this.discovery.complete(config);
  }

  /** Begins with what needs the groups. `showCertificates` has listeners show those that are stored now. */
  start(services: Services, setTargets: SetTargets, showCertificates: () => void): void {
    this.discovery.follow(setTargets);
    this.watch(this.options.config, services);
    this.keepers = new CertificateKeepers({ ...this.options, random: systemRandom() }, showCertificates);
    this.keepers.follow(this.options.config);
    this.openFiles = watchOpenFiles(this.options.clock, areOpenFilesShort, this.options.log);
  }

  /** Begins with what another config wants besides, see {@link Discovery.prepare}. */
  async prepare(config: Config, services: Services): Promise<PreparedDiscovery> {
    const found = await this.discovery.prepare(config);
    return {
      ...found,
      commit: () => {
        found.commit();
        this.loads?.stop();
        void this.publisher?.close();
        this.watch(config, services);
        this.keepers?.follow(config);
      },
    };
  }

  get status(): MainStatus {
    const { discovery, loads, publisher, keepers } = this;
    const reload = this.options.reloads.status;
    const cloudwatch = {
      ...(loads?.status !== undefined && { metrics: loads.status }),
      ...(publisher !== undefined && { publishing: publisher.status }),
    };
    return {
      ...(reload !== undefined && { reload }),
      ...(keepers?.status !== undefined && { certificates: keepers.status }),
      ...(discovery.status !== undefined && { discovery: discovery.status }),
      ...(Object.keys(cloudwatch).length > 0 && { cloudwatch }),
    };
  }

  private watch(config: Config, services: Services): void {
    const { discovery } = this;
    const { clock, log } = this.options;
    const world = { clock, log, random: systemRandom() };
    this.loads = new InstanceLoads({
      ...world,
      groups: config.groups,
      groupNamed: (name) => groupNamed(services, name),
      targetsOf: (name) => discovery.targetsOf(name),
    });
    const groups = [...services.all.values()].map(({ group }) => group);
    this.publisher =
      config.cloudwatch && new CloudWatchPublisher({ ...world, config: config.cloudwatch, groups });
  }

  /** Looks for nothing more: what is open is being finished. */
  drain(): void {
    this.discovery.stop();
    this.keepers?.stop();
    this.loads?.stop();
    this.openFiles?.cancel();
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
