import type { Clock } from "./cluster/clock.ts";
import { type GroupMemory, privateGroupMemory } from "./cluster/group-memory.ts";
import type { Finding } from "./cluster/traffic-watch.ts";
import { groupProtocolOf } from "./config/protocol-rules.ts";
import type { Config, GroupConfig } from "./config/schema.ts";
import { Service } from "./http/service.ts";
import type { NamedGroup } from "./observe/status.ts";
import type { PemFiles } from "./pem-files.ts";
import { StreamService } from "./stream/stream-service.ts";
import type { GroupContext, SharedTarget } from "./watched-group.ts";

export interface ServicesOptions {
  readonly clock: Clock;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  /** A line for people about each change of a target's state. */
  readonly log: (line: string) => void;
  /** Memory that the group shares with other threads; none shares when left out. */
  readonly memoryOf?: (group: string) => GroupMemory;
  /** Who is in the group, where another thread says so; those of the config when left out. */
  readonly membersOf?: (group: string) => readonly SharedTarget[];
  /** Where findings go when another thread watches over health; `number` is the target's in its group. */
  readonly report?: (group: string, number: number, finding: Finding) => void;
}

/** The config's groups, by name: each is served by one layer. */
export interface Services {
  readonly http: ReadonlyMap<string, Service>;
  readonly stream: ReadonlyMap<string, StreamService>;
  /** Both, in the config's order. */
  readonly all: ReadonlyMap<string, GroupService>;
}

/** What is the same for a group of either layer. */
export type GroupService = Service | StreamService;

/** One service for each of the config's groups. */
export function createServices(options: ServicesOptions): Services {
  const http = new Map<string, Service>();
  const stream = new Map<string, StreamService>();
  const all = new Map<string, GroupService>();
  for (const [name, group] of Object.entries(options.config.groups)) {
    const protocol = groupProtocolOf(group);
    const context = contextOf(name, group, options);
    if (protocol === "http") {
      const { authorities, stickySecrets } = options.pemFiles;
      const files = { ca: authorities[name], stickySecret: stickySecrets[name] };
      const service = new Service(name, group, { ...context, ...files });
      http.set(name, service);
      all.set(name, service);
    } else {
      const service = new StreamService(name, protocol, group, context);
      stream.set(name, service);
      all.set(name, service);
    }
  }
  return { http, stream, all };
}

/** As the documents about them want them, in the config's order. */
export function namedGroups({ all }: Services): NamedGroup[] {
  return [...all.values()].map(({ group, config: { policy } }) => ({ group, policyName: policy.name }));
}

function contextOf(name: string, group: GroupConfig, options: ServicesOptions): GroupContext {
  const { clock, config, log, report, membersOf } = options;
  return {
    clock,
    memory: options.memoryOf?.(name) ?? privateGroupMemory(group.targets.length),
    zone: config.zone,
    onPanic: (isPanic) =>
      log(
        `group ${name}: ${isPanic ? "panic: too few targets are available, so all that take connections are used" : "panic is over"}`,
      ),
    onStateChange: (target, why) => log(`group ${name}: target ${target.id} is ${target.state}: ${why}`),
    ...(membersOf !== undefined && { members: membersOf(name) }),
    ...(report !== undefined && {
      report: (number: number, finding: Finding) => report(name, number, finding),
    }),
  };
}
