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

/**
 * How long a config waits for the first targets of groups that have none of their own: without them it is of no use.
 */
export const firstAnswersMs = 3000;

/** Makes these all the targets of the group. */
export type SetTargets = (group: string, targets: readonly TargetConfig[]) => void;

export interface DiscoveryOptions {
  readonly groups: Config["groups"];
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** One group, and where its targets are found. */
interface Finding {
  readonly config: DiscoveryConfig;
  readonly group: GroupDiscovery;
}

/** Finds the targets of all groups that have them found. Begins at once. */
export class Discovery {
  private groups: ReadonlyMap<string, Finding>;
  private setTargets: SetTargets | undefined;
  /** What the config itself says of targets. */
  private fixed: Config["groups"];

  constructor(private readonly options: DiscoveryOptions) {
    this.fixed = options.groups;
    this.groups = this.findingsFor(options.groups, new Map());
  }

  /** Resolves when every group has a target, after `timeoutMs` at the latest. */
  async firstAnswers(timeoutMs: number): Promise<void> {
    await this.firstAnswersOf(this.fixed, this.groups, timeoutMs);
  }

  /** The config with the targets found so far beside its own. */
  complete(config: Config): Config {
    return completed(config, this.groups);
  }

  /**
   * Begins to find what another config wants found besides, for as long as {@link firstAnswersMs}; what both want found alike
   * is found on.
   */
  async prepare(config: Config): Promise<PreparedDiscovery> {
    const next = this.findingsFor(config.groups, this.groups);
    await this.firstAnswersOf(config.groups, next, firstAnswersMs);
    return {
      config: completed(config, next),
      commit: () => {
        stopUnless(this.groups, next);
        this.groups = next;
        this.fixed = config.groups;
        if (this.setTargets !== undefined) this.follow(this.setTargets);
      },
      abandon: () => stopUnless(next, this.groups),
    };
  }

  /** Has `setTargets` told of what is found, now and from now on. */
  follow(setTargets: SetTargets): void {
    this.setTargets = setTargets;
    for (const name of this.groups.keys()) setTargets(name, this.targetsOf(name));
  }

  /** By group; undefined where there is nothing to find. */
  get status(): Readonly<Record<string, DiscoveryStatus>> | undefined {
    if (this.groups.size === 0) return undefined;
    return Object.fromEntries([...this.groups].map(([name, { group }]) => [name, group.status]));
  }

  stop(): void {
    for (const { group } of this.groups.values()) group.stop();
  }

  /** Those of `present` that are to be found in the same way go on. */
  private findingsFor(
    groups: Config["groups"],
    present: ReadonlyMap<string, Finding>,
  ): ReadonlyMap<string, Finding> {
    const findings = new Map<string, Finding>();
    for (const [name, { discovery: config }] of Object.entries(groups)) {
      if (config === undefined) continue;
      const before = present.get(name);
      const isSame = before !== undefined && Bun.deepEquals(before.config, config);
      findings.set(name, isSame ? before : { config, group: this.begin(name, config) });
    }
    return findings;
  }

  private async firstAnswersOf(
    groups: Config["groups"],
    findings: ReadonlyMap<string, Finding>,
    timeoutMs: number,
  ): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = this.options.clock.after(timeoutMs, timeout.resolve);
    const empty = [...findings].filter(([name]) => targetsOf(name, groups, findings).length === 0);
    const answers = Promise.all(empty.map(([, { group }]) => group.firstAnswer));
    await Promise.race([answers, timeout.promise]);
    timer.cancel();
  }

  private begin(name: string, config: DiscoveryConfig): GroupDiscovery {
    return new GroupDiscovery({
      ...this.options,
      group: name,
      provider: config.provider,
      ...placeOf(config),
      removeAfter: config.removeAfter,
      onChange: () => {
        // What a config that is not in force yet has found is not for anyone.
        if (this.fixed[name] !== undefined) this.setTargets?.(name, this.targetsOf(name));
      },
    });
  }

  /** As they are now; what the config itself says of a target goes before what is found. */
  targetsOf(name: string): TargetConfig[] {
    return targetsOf(name, this.fixed, this.groups);
  }
}

/** What another config wants found. */
export interface PreparedDiscovery {
  /** The config with the targets found so far beside its own. */
  readonly config: Config;
  commit(): void;
  abandon(): void;
}

function completed(config: Config, findings: ReadonlyMap<string, Finding>): Config {
  const groups = Object.entries(config.groups).map(([name, group]) => [
    name,
    { ...group, targets: targetsOf(name, config.groups, findings) },
  ]);
  return { ...config, groups: Object.fromEntries(groups) };
}

/** What the config itself says of a target goes before what is found. */
function targetsOf(
  name: string,
  groups: Config["groups"],
  findings: ReadonlyMap<string, Finding>,
): TargetConfig[] {
  const fixed = groups[name]?.targets ?? [];
  const found = findings.get(name)?.group.targets ?? [];
  return [...fixed, ...found.filter(({ id }) => !fixed.some((target) => target.id === id))];
}

function stopUnless(findings: ReadonlyMap<string, Finding>, kept: ReadonlyMap<string, Finding>): void {
  for (const [name, finding] of findings) if (kept.get(name) !== finding) finding.group.stop();
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
