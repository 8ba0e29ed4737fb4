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
import { Target, type TargetPlace } from "./cluster/target.ts";
import { type Finding, TrafficWatch } from "./cluster/traffic-watch.ts";
import { healthOf } from "./config/health-schema.ts";
import type { GroupConfig, TargetConfig } from "./config/schema.ts";
import { groupRulesOf, outlierRulesOf } from "./group-rules.ts";
import { latencyDecayMs } from "./policy/options.ts";
import type { Policy, ProbeReport } from "./policy/policy.ts";
import { createPolicy } from "./policy/registry.ts";

/** What a group needs of the world. */
export interface GroupContext {
  readonly clock: Clock;
  readonly random?: Random;
  readonly onStateChange: StateListener;
  /** Told when so few targets are available that others are used too, and when that is over. */
  readonly onPanic?: ((isPanic: boolean) => void) | undefined;
  /** Where the balancer stands. */
  readonly zone?: string | undefined;
  /** What the group's numbers live in when other threads share them. */
  readonly memory?: GroupMemory;
  /**
   * Who is in the group: those that another thread has taken in, or those of the same group under another config. The
   * config's targets when left out.
   */
  readonly members?: readonly SharedTarget[];
  /** Where findings go when another thread watches over health; `number` is the target's, see {@link TargetMemory}. */
  readonly report?: (number: number, finding: Finding) => void;
}

/** A target that another thread has taken in. */
export interface SharedTarget extends Pick<TargetConfig, "id" | "url" | "weight"> {
  readonly place: TargetPlace;
  readonly memory: TargetMemory;
}

/** What only the layer that serves a group knows of its targets. */
export interface TargetWays {
  /** Prepares what the target is reached by; comes before everything else about it. */
  meet(target: Target): void;
  /** Undefined for passive health alone. */
  readonly check: Check | undefined;
  /** Asks the target how it is, for policies that want to know; `report` is called at most once. */
  probe(target: Target, report: (report: ProbeReport) => void): void;
  /** Told of a target that has come into the group since it was made. */
  joined?(target: Target): void;
  /** Told of a target that has left: it gets no more traffic, and what it has goes on. */
  left?(target: Target): void;
}

/** A group as every layer has it: its policy, targets that come and go, and what watches over their health. */
export class WatchedGroup {
  readonly group: Group;
  /** Undefined when another thread watches over health. */
  private readonly health: HealthMonitor | undefined;
  private readonly traffic: Pick<TrafficWatch, "observe">;
  private wasPanic = false;

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
    const groupRules = groupRulesOf(config, context.zone);
    const policy: Policy = createPolicy(config.policy, {
      slowStart: groupRules.slowStart,
      clock,
      random,
      targets,
      probe: (target) => ways.probe(target, (answer) => policy.observeProbe?.(target, answer)),
    });
    this.group = new Group(name, targets, policy, clock, memory, groupRules);
    const health = healthOf(config);
    const outliers = outlierRulesOf(config.outlierDetection);
    const rules = { ...health, intervalMs: health.interval, outliers };
    if (report === undefined) {
      const onChange: StateListener = (target, why) => {
        onStateChange(target, why);
        this.tellPanic();
      };
      this.health = new HealthMonitor(this.group, rules, ways.check, clock, random, onChange);
      this.traffic = this.health;
    } else {
      const limits = { unhealthyAfter: rules.unhealthyAfter, streaks: outliers?.streaks };
      this.traffic = new TrafficWatch(limits, (target, finding) => report(target.memory.number, finding));
    }
  }

  /** Begins to check the targets, unless another thread does. */
  start(): void {
    for (const target of this.group.targets) target.setDecay(latencyDecayMs(this.config.policy));
    this.health?.start();
  }

  stop(): void {
    this.health?.stop();
  }

  /** Takes a target in and begins to check it; see {@link Group.add} for what throws. */
  add(config: TargetConfig): Target {
    const target = this.newcomer(config, this.memoryFor(1)(0));
    this.ways.meet(target);
    this.group.add(target);
    this.health?.watch(target);
    this.tellPanic();
    this.ways.joined?.(target);
    return target;
  }

  /**
   * Has these targets from now on. One with the id and URL of a present one is that one, with all that is known of it; a
   * new weight counts at once. The others get no more traffic from this thread, and from no thread when they are
   * {@link Group.release}d: that has to wait until all threads know of those who have come. Returns those.
   */
  setTargets(wanted: readonly TargetConfig[]): readonly Target[] {
    const present = new Map(this.group.targets.map((target) => [target.id, target]));
    const stays = wanted.map(({ id, url }) => {
      const target = present.get(id);
      return target?.url === url ? target : undefined;
    });
    const memoryOf = this.memoryFor(stays.filter((target) => target === undefined).length);
    let come = 0;
    const next = wanted.map((config, index) => {
      const target = stays[index];
      if (target === undefined) return this.newcomer(config, memoryOf(come++));
      if (target.weight !== config.weight) this.group.setWeight(target, config.weight);
      this.group.setPlace(target, placeOf(config));
      return target;
    });
    return this.become(next);
  }

  /** {@link setTargets} in the threads that another one tells who is in the group. */
  follow(members: readonly SharedTarget[]): void {
    const present = new Map(this.group.targets.map((target) => [target.memory.number, target]));
    this.become(
      members.map((member) => {
        const target = present.get(member.memory.number);
        if (target !== undefined) this.group.setPlace(target, member.place);
        return target ?? this.viewOf(member);
      }),
    );
  }

  /** Gives a target no more traffic; what it has goes on. */
  remove(target: Target): void {
    this.group.remove(target);
    this.health?.forget(target);
    this.tellPanic();
    this.ways.left?.(target);
  }

  /**
   * An operator takes the target out: it gets nothing new, whatever its checks say, and stays in the group. Or has it back: it
   * is taken as one that has not been checked yet.
   */
  setDraining(target: Target, isDraining: boolean): void {
    if (isDraining) this.group.setState(target, "draining");
    else if (target.state === "draining") {
      target.failuresInRow = 0;
      this.group.setState(target, "unknown");
    }
    this.tellPanic();
  }

  /** An answer has begun, of an attempt that may go on for long: what it says of the target counts now. */
  answered(attempt: Attempt, nowMs: number): void {
    attempt.answered(nowMs);
    const ms = nowMs - attempt.startedAtMs;
    const outcome: Outcome = { kind: "answered", status: 200, firstByteMs: ms, completeMs: ms };
    this.traffic.observe(attempt.target, outcome, attempt.startedAtMs);
  }

  /** Ends the attempt, and lets health learn from it. */
  end(attempt: Attempt, outcome: Outcome, nowMs: number): void {
    attempt.end(outcome, nowMs);
    this.traffic.observe(attempt.target, outcome, attempt.startedAtMs);
  }

  /** What real traffic in another thread says of a target, which may have left meanwhile. */
  take(number: number, finding: Finding): void {
    const target = this.group.targets.find(({ memory }) => memory.number === number);
    if (target !== undefined) this.health?.take(target, finding);
  }

  /** Returns who has left. */
  private become(next: readonly Target[]): readonly Target[] {
    const before = new Set(this.group.targets);
    const after = new Set(next);
    const come = next.filter((target) => !before.has(target));
    const gone = [...before].filter((target) => !after.has(target));
    for (const target of come) this.ways.meet(target);
    this.group.setTargets(next);
    for (const target of gone) this.health?.forget(target);
    for (const target of come) this.health?.watch(target);
    if (this.health !== undefined) this.tellPanic();
    for (const target of come) this.ways.joined?.(target);
    for (const target of gone) this.ways.left?.(target);
    return gone;
  }

  private newTarget(config: TargetConfig, memory: TargetMemory): Target {
    const { id, url, weight } = config;
    const decayMs = latencyDecayMs(this.config.policy);
    return new Target(id, url, weight, this.context.clock.now(), decayMs, memory, placeOf(config));
  }

  /** One that comes to a group that serves already. */
  private newcomer(config: TargetConfig, memory: TargetMemory): Target {
    const target = this.newTarget(config, memory);
    target.rampFrom(this.context.clock.now());
    return target;
  }

  private viewOf(member: SharedTarget): Target {
    if (member instanceof Target) return member;
    const { id, url, weight, memory, place } = member;
    const decayMs = latencyDecayMs(this.config.policy);
    return new Target(id, url, weight, undefined, decayMs, memory, place);
  }

  /** Memory for so many targets that come together. */
  private memoryFor(count: number): (index: number) => TargetMemory {
    const { ints, targetCount, threadCount } = this.group.memory;
    const before = Atomics.add(ints, groupSlots.come, count);
    const memory = newGroupMemory(count, threadCount, targetCount + before);
    return (index) => targetMemory(memory, index);
  }

  private tellPanic(): void {
    const { isPanic } = this.group.selection;
    if (isPanic === this.wasPanic) return;
    this.wasPanic = isPanic;
    this.context.onPanic?.(isPanic);
  }
}

function placeOf({ priority = 0, zone }: TargetConfig): TargetPlace {
  return { priority, zone };
}
