import type { Clock } from "../cluster/clock.ts";
import { type GroupMemory, privateGroupMemory } from "../cluster/group-memory.ts";
import type { Finding } from "../cluster/traffic-watch.ts";
import { groupProtocolOf } from "../config/protocol-rules.ts";
import type { Config, GroupConfig } from "../config/schema.ts";
import type { PemFiles } from "../files/pem-files.ts";
import { Service } from "../http/service/service.ts";
import type { Counts } from "../observe/counts.ts";
import type { NamedGroup } from "../observe/status.ts";
import { StreamService } from "../stream/stream-service.ts";
import type { GroupContext, SharedTarget } from "../watched-group.ts";

export interface ServicesOptions {
  readonly clock: Clock;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly counts: Counts;
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

/**
 * One service for each of the config's groups. Of those that served another config before, `previous`, the ones whose group
 * says the same are taken as they are, and the others hand on their targets and connections.
 */
export function createServices(options: ServicesOptions, previous?: Services): Services {
  const http = new Map<string, Service>();
  const stream = new Map<string, StreamService>();
  const all = new Map<string, GroupService>();
  for (const [name, group] of Object.entries(options.config.groups)) {
    const service = serviceFor(name, group, options, previous?.all.get(name));
    if (service instanceof Service) http.set(name, service);
    else stream.set(name, service);
    all.set(name, service);
  }
  return { http, stream, all };
}

function serviceFor(
  name: string,
  group: GroupConfig,
  options: ServicesOptions,
  previous: GroupService | undefined,
): GroupService {
  const protocol = groupProtocolOf(group);
  const { authorities, stickySecrets } = options.pemFiles;
  const files = { ca: authorities[name], stickySecret: stickySecrets[name] };
  const counts = options.counts.ofGroup(name);
  if (protocol === "http") {
    const before = previous instanceof Service ? previous : undefined;
    const isSame = before !== undefined && Bun.deepEquals(before.files, files);
    if (isSame && saysTheSame(before.config, group)) return before;
    const context = contextOf(name, group, options, before);
    return new Service(name, group, { ...context, ...files, counts, previous: before });
  }
  const before = previous instanceof StreamService && previous.protocol === protocol ? previous : undefined;
  if (before !== undefined && saysTheSame(before.config, group)) return before;
  return new StreamService(
    name,
    protocol,
    group,
    { ...contextOf(name, group, options, before), counts },
    before,
  );
}

/** Besides who is in the group. */
function saysTheSame(a: GroupConfig, b: GroupConfig): boolean {
  return Bun.deepEquals({ ...a, targets: [] }, { ...b, targets: [] });
}

/** As the documents about them want them, in the config's order. */
export function namedGroups({ all }: Services): NamedGroup[] {
  return [...all.values()].map(({ group, config: { policy } }) => ({ group, policyName: policy.name }));
}

function contextOf(
  name: string,
  group: GroupConfig,
  options: ServicesOptions,
  previous: GroupService | undefined,
): GroupContext {
  const { clock, config, log, report } = options;
  const members = previous?.group.targets ?? options.membersOf?.(name);
  const memory = previous?.group.memory ?? options.memoryOf?.(name);
  return {
    clock,
    memory: memory ?? privateGroupMemory(group.targets.length),
    zone: config.zone,
    onPanic: (isPanic) =>
      log(
        `group ${name}: ${isPanic ? "panic: too few targets are available, so all that take connections are used" : "panic is over"}`,
      ),
    onStateChange: (target, why) => log(`group ${name}: target ${target.id} is ${target.state}: ${why}`),
    ...(members !== undefined && { members }),
    ...(report !== undefined && {
      report: (number: number, finding: Finding) => report(name, number, finding),
    }),
  };
}

/** Has an operator take a target out, or back; the fault when there is no such target. */
export function setDraining(
  { all }: Services,
  groupName: string,
  id: string,
  isDraining: boolean,
): string | undefined {
  const service = all.get(groupName);
  if (service === undefined)
    return `found group ${JSON.stringify(groupName)}, expected one of ${[...all.keys()].join(", ")}`;
  const { targets } = service.group;
  const target = targets.find((each) => each.id === id);
  if (target === undefined)
    return `found target ${JSON.stringify(id)}, expected one of ${targets.map((each) => each.id).join(", ")}`;
  service.watched.setDraining(target, isDraining);
  return undefined;
}

/** One that an operator has taken out. */
export interface DrainedTarget {
  readonly group: string;
  readonly id: string;
  readonly url: string;
}

/** All that operators have taken out, and not had back. */
export function drainedTargets({ all }: Services): DrainedTarget[] {
  return [...all].flatMap(([group, service]) =>
    service.group.targets
      .filter(({ state }) => state === "draining")
      .map(({ id, url }) => ({ group, id, url })),
  );
}

/** Takes out what was out in another process, where it is there. */
export function keepDraining({ all }: Services, { group, id, url }: DrainedTarget): void {
  const service = all.get(group);
  const target = service?.group.targets.find((each) => each.id === id && each.url === url);
  if (target !== undefined) service?.watched.setDraining(target, true);
}

/**
 * The services of the config in force. Whoever looks at it, as the documents about groups do, sees what it holds at that
 * moment.
 */
export class LiveServices implements Services {
  readonly http = new Map<string, Service>();
  readonly stream = new Map<string, StreamService>();
  readonly all = new Map<string, GroupService>();

  /** Has none of them started yet. */
  constructor(services: Services) {
    this.fill(services);
  }

  /** Stops what is no more, starts what is new, and has `settle` bring all of them up to date who is in them. */
  become(next: Services, settle: (name: string, service: GroupService) => void): void {
    for (const [name, service] of this.all) {
      stopFor(service, next.all.get(name));
      // Requests end by what they began with. Connections and sessions may go on without end, and have to hear of it.
      if (service instanceof StreamService && !next.all.has(name)) settle(name, service);
    }
    for (const [name, service] of next.all) {
      if (this.all.get(name) !== service) service.start();
      settle(name, service);
    }
    this.fill(next);
  }

  private fill({ http, stream, all }: Services): void {
    for (const map of [this.http, this.stream, this.all]) map.clear();
    for (const [name, service] of http) this.http.set(name, service);
    for (const [name, service] of stream) this.stream.set(name, service);
    for (const [name, service] of all) this.all.set(name, service);
  }
}

function stopFor(service: GroupService, next: GroupService | undefined): void {
  if (service === next) return;
  if (service instanceof Service) service.stop(next instanceof Service ? next : undefined);
  else service.stop();
}
