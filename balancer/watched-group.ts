import type { Attempt, Outcome } from "./cluster/attempt.ts";
import type { Clock } from "./cluster/clock.ts";
import { Group } from "./cluster/group.ts";
import { type GroupMemory, privateGroupMemory, targetMemory } from "./cluster/group-memory.ts";
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
  /** Where findings go when another thread watches over health; `index` is the target's in its group. */
  readonly report?: (index: number, finding: Finding) => void;
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
    // What other threads have written of a target stands; only the one that watches begins anew.
    const availableSinceMs = report === undefined ? clock.now() : undefined;
    const decayMs = latencyDecayMs(config.policy);
    const targets = config.targets.map(
      ({ id, url, weight }, index) =>
        new Target(id, url, weight, availableSinceMs, decayMs, targetMemory(memory, index)),
    );
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
        report(targets.indexOf(target), finding),
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
  add({ id, url, weight }: TargetConfig): Target {
    const target = new Target(id, url, weight, this.context.clock.now(), latencyDecayMs(this.config.policy));
    this.ways.meet(target);
    this.group.add(target);
    this.health?.watch(target);
    return target;
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

  /** What real traffic in another thread says of target number `index`. */
  take(index: number, finding: Finding): void {
    const target = this.group.targets[index];
    if (target === undefined) throw new Error(`group ${this.group.name} has no target number ${index}`);
    this.health?.take(target, finding);
  }
}
