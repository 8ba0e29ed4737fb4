import type { Clock } from "./cluster/clock.ts";
import { type GroupMemory, privateGroupMemory } from "./cluster/group-memory.ts";
import type { StateListener } from "./cluster/health.ts";
import type { Finding } from "./cluster/traffic-watch.ts";
import type { Config } from "./config/schema.ts";
import { Service } from "./http/service.ts";
import type { PemFiles } from "./pem-files.ts";

export interface ServicesOptions {
  readonly clock: Clock;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  /** A line for people about each change of a target's state. */
  readonly log: (line: string) => void;
  /** Memory that the group shares with other threads; none shares when left out. */
  readonly memoryOf?: (group: string) => GroupMemory;
  /** Where findings go when another thread watches over health; `index` is the target's in its group. */
  readonly report?: (group: string, index: number, finding: Finding) => void;
}

/** One service for each of the config's groups, by name. */
export function createServices(options: ServicesOptions): ReadonlyMap<string, Service> {
  const { clock, config, pemFiles, log, report } = options;
  return new Map(
    Object.entries(config.groups).map(([name, group]) => {
      const onStateChange: StateListener = (target, why) =>
        log(`group ${name}: target ${target.id} is ${target.state}: ${why}`);
      const memory = options.memoryOf?.(name) ?? privateGroupMemory(group.targets.length);
      const service = new Service(name, group, {
        clock,
        ca: pemFiles.authorities[name],
        onStateChange,
        memory,
        ...(report !== undefined && {
          report: (index: number, finding: Finding) => report(name, index, finding),
        }),
      });
      return [name, service];
    }),
  );
}
