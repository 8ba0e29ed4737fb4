import type { Attempt, Outcome } from "./cluster/attempt.ts";
import type { Clock } from "./cluster/clock.ts";
import { Group } from "./cluster/group.ts";
import {
  type GroupMemory,
  groupSlots,
  newGroupMemory,
  privateGroupMemory,
  type TargetMemory,
  targetMemory,
} from "./cluster/group-memory.ts";
import { type Check, HealthMonitor, type StateListener } from "./cluster/health.ts";
import { type Random, systemRandom } from "./cluster/random.ts";
import { Target } from "./cluster/target.ts";
import { type Finding, TrafficWatch } from "./cluster/traffic-watch.ts";
import { healthOf } from "./config/group-schema.ts";
import type { GroupConfig, TargetConfig } from "./config/schema.ts";
import { latencyDecayMs } from "./policy/options.ts";
import type { Policy, ProbeReport } from "./policy/policy.ts";
import { createPolicy } from "./policy/registry.ts";

/** What a group needs of the world. */
export interface GroupContext {
  readonly clock: Clock;
  readonly random?: Random;
  readonly onStateChange: StateListener;
  /** What the group's numbers live in when other threads share them. */
  readonly memory?: GroupMemory;
  /** Who is in the group, where another thread has taken them in; those of the config when left out. */
  readonly members?: readonly SharedTarget[];
  /** Where findings go when another thread watches over health; `number` is the target's, see {@link TargetMemory}. */
  readonly report?: (number: number, finding: Finding) => void;
}

/** A target that another thread has taken in. */
export interface SharedTarget extends TargetConfig {
  readonly memory: TargetMemory;
}

/** Who has come into a group and who has left it. */
export interface MembershipChange {
  readonly come: readonly Target[];
  readonly gone: readonly Target[];
}

/** What only the layer that serves a group knows of its targets. */
export interface TargetWays {
  /** Prepares what the target is reached by; comes before everything else about it. */
  meet(target: Target): void;
  /** Undefined for passive health alone. */
  readonly check: Check | undefined;
  /** Asks the target how it is, for policies that want to know; `report` is called at most once. */
  probe(target: Target, report: (report: ProbeReport) => void): void;
}

/** A group as every layer has it: its policy, targets that come and go, and what watches over their health. */
export class WatchedGroup {
  readonly group: Group;
  /** Undefined when another thread watches over health. */
  private readonly health: HealthMonitor | undefined;
  private readonly traffic: Pick<TrafficWatch, "observe">;

  constructor(
    name: string,
    private readonly config: GroupConfig,
    private readonly context: GroupContext,
    private readonly ways: TargetWays,
  ) {
    const { clock, random = systemRandom(), report, onStateChange } = context;
    const { memory = privateGroupMemory(config.targets.length) } = context;
    const targets =
      context.members?.map((member) => this.viewOf(member)) ??
      config.targets.map((target, index) => this.newTarget(target, targetMemory(memory, index)));
    for (const target of targets) ways.meet(target);
    const policy: Policy = createPolicy(config.policy, {
      clock,
      random,
      targets,
      probe: (target) => ways.probe(target, (answer) => policy.observeProbe?.(target, answer)),
    });
    this.group = new Group(name, targets, policy, clock, memory);
    const health = healthOf(config);
    const rules = { ...health, intervalMs: health.interval };
    if (report === undefined) {
      this.health = new HealthMonitor(this.group, rules, ways.check, clock, random, onStateChange);
      this.traffic = this.health;
    } else {
      this.traffic = new TrafficWatch(rules.unhealthyAfter, (target, finding) =>
        report(target.memory.number, finding),
      );
    }
  }

  /** Begins to check the targets, unless another thread does. */
  start(): void {
    this.health?.start();
  }

  stop(): void {
    this.health?.stop();
  }

  /** Takes a target in and begins to check it; see {@link Group.add} for what throws. */
  add(config: TargetConfig): Target {
    const target = this.newTarget(config, this.placeFor(1)(0));
    this.ways.meet(target);
    this.group.add(target);
    this.health?.watch(target);
    return target;
  }

  /**
   * Has these targets from now on. One with the id and URL of a present one is that one, with all that is known of it; a
   * new weight counts at once. The others leave as {@link remove} has them leave.
   */
  setTargets(wanted: readonly TargetConfig[]): MembershipChange {
    const present = new Map(this.group.targets.map((target) => [target.id, target]));
    const stays = wanted.map(({ id, url }) => {
      const target = present.get(id);
      return target?.url === url ? target : undefined;
    });
    const placeOf = this.placeFor(stays.filter((target) => target === undefined).length);
    let come = 0;
    const next = wanted.map((config, index) => {
      const target = stays[index];
      if (target === undefined) return this.newTarget(config, placeOf(come++));
      if (target.weight !== config.weight) this.group.setWeight(target, config.weight);
      return target;
    });
    return this.become(next);
  }

  /** {@link setTargets} in the threads that another one tells who is in the group. */
  follow(members: readonly SharedTarget[]): MembershipChange {
    const present = new Map(this.group.targets.map((target) => [target.memory.number, target]));
    return this.become(members.map((member) => present.get(member.memory.number) ?? this.viewOf(member)));
  }

  /** Gives a target no more traffic; what it has goes on. */
  remove(target: Target): void {
    this.group.remove(target);
    this.health?.forget(target);
  }

  /** Ends the attempt, and lets health learn from it. */
  end(attempt: Attempt, outcome: Outcome, nowMs: number): void {
    attempt.end(outcome, nowMs);
    this.traffic.observe(attempt.target, outcome);
  }

  /** What real traffic in another thread says of a target, which may have left meanwhile. */
  take(number: number, finding: Finding): void {
    const target = this.group.targets.find(({ memory }) => memory.number === number);
    if (target !== undefined) this.health?.take(target, finding);
  }

  private become(next: readonly Target[]): MembershipChange {
    const before = new Set(this.group.targets);
    const after = new Set(next);
    const come = next.filter((target) => !before.has(target));
    const gone = [...before].filter((target) => !after.has(target));
    for (const target of come) this.ways.meet(target);
    this.group.setTargets(next);
    for (const target of gone) this.health?.forget(target);
    for (const target of come) this.health?.watch(target);
    return { come, gone };
  }

  private newTarget({ id, url, weight }: TargetConfig, memory: TargetMemory): Target {
    return new Target(id, url, weight, this.context.clock.now(), latencyDecayMs(this.config.policy), memory);
  }

  private viewOf({ id, url, weight, memory }: SharedTarget): Target {
    return new Target(id, url, weight, undefined, latencyDecayMs(this.config.policy), memory);
  }

  /** Memory for so many targets that come together. */
  private placeFor(count: number): (index: number) => TargetMemory {
    const { ints, targetCount, threadCount } = this.group.memory;
    const before = Atomics.add(ints, groupSlots.come, count);
    const memory = newGroupMemory(count, threadCount, targetCount + before);
    return (index) => targetMemory(memory, index);
  }
}
