import type { Clock } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import type { DiscoveryConfig } from "../config/discovery-schema.ts";
import type { Config, TargetConfig } from "../config/schema.ts";
import { dnsLookup } from "./dns/dns-lookup.ts";
import { ec2Lookup } from "./ec2/ec2-lookup.ts";
import { fileLookup } from "./file/file-lookup.ts";
import { type DiscoveryStatus, GroupDiscovery } from "./group-discovery.ts";
import type { Lookup, Pace } from "./lookup.ts";

/** After failures there is a look at least this often, unless the interval is longer. */
const retryMaxMs = 60_000;

/** Makes these all the targets of the group. */
export type SetTargets = (group: string, targets: readonly TargetConfig[]) => void;

export interface DiscoveryOptions {
  readonly groups: Config["groups"];
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Finds the targets of all groups that have them found. Begins at once. */
export class Discovery {
  private readonly groups: ReadonlyMap<string, GroupDiscovery>;
  private setTargets: SetTargets | undefined;

  constructor(private readonly options: DiscoveryOptions) {
    this.groups = new Map(
      Object.entries(options.groups).flatMap(([name, { discovery }]) =>
        discovery === undefined ? [] : [[name, this.begin(name, discovery)]],
      ),
    );
  }

  /** Resolves when every group has a target, after `timeoutMs` at the latest. */
  async firstAnswers(timeoutMs: number): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = this.options.clock.after(timeoutMs, timeout.resolve);
    const empty = [...this.groups].filter(([name]) => this.targetsOf(name).length === 0);
    const answers = Promise.all(empty.map(([, { firstAnswer }]) => firstAnswer));
    await Promise.race([answers, timeout.promise]);
    timer.cancel();
  }

  /** The config with the targets found so far beside its own. */
  complete(config: Config): Config {
    const groups = Object.entries(config.groups).map(([name, group]) => [
      name,
      { ...group, targets: this.targetsOf(name) },
    ]);
    return { ...config, groups: Object.fromEntries(groups) };
  }

  /** Has `setTargets` told of what is found, now and from now on. */
  follow(setTargets: SetTargets): void {
    this.setTargets = setTargets;
    for (const name of this.groups.keys()) setTargets(name, this.targetsOf(name));
  }

  /** By group; undefined where there is nothing to find. */
  get status(): Readonly<Record<string, DiscoveryStatus>> | undefined {
    if (this.groups.size === 0) return undefined;
    return Object.fromEntries([...this.groups].map(([name, group]) => [name, group.status]));
  }

  stop(): void {
    for (const group of this.groups.values()) group.stop();
  }

  private begin(name: string, config: DiscoveryConfig): GroupDiscovery {
    return new GroupDiscovery({
      ...this.options,
      group: name,
      provider: config.provider,
      ...placeOf(config),
      removeAfter: config.removeAfter,
      onChange: () => this.setTargets?.(name, this.targetsOf(name)),
    });
  }

  /** As they are now; what the config itself says of a target goes before what is found. */
  targetsOf(name: string): TargetConfig[] {
    const fixed = this.options.groups[name]?.targets ?? [];
    const found = this.groups.get(name)?.targets ?? [];
    return [...fixed, ...found.filter(({ id }) => !fixed.some((target) => target.id === id))];
  }
}

function placeOf(config: DiscoveryConfig): { readonly lookup: Lookup; readonly pace: Pace } {
  switch (config.provider) {
    case "dns":
      return {
        lookup: dnsLookup(config),
        pace: { minMs: config.minInterval, maxMs: config.maxInterval, retryMaxMs: config.maxInterval },
      };
    case "ec2":
      return { lookup: ec2Lookup(config), pace: steadily(config.interval, retryMaxMs) };
    case "file":
      // Somebody may be mending it right now.
      return { lookup: fileLookup(config), pace: steadily(config.interval, config.interval) };
  }
}

function steadily(intervalMs: number, retryMaxMs: number): Pace {
  return { minMs: intervalMs, maxMs: intervalMs, retryMaxMs };
}
