import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Clock } from "../cluster/clock.ts";
import { Group } from "../cluster/group.ts";
import { type GroupMemory, privateGroupMemory, targetMemory } from "../cluster/group-memory.ts";
import { type Check, HealthMonitor, type StateListener } from "../cluster/health.ts";
import { type Random, systemRandom } from "../cluster/random.ts";
import { Target } from "../cluster/target.ts";
import { type Finding, TrafficWatch } from "../cluster/traffic-watch.ts";
import type { GroupConfig, TargetConfig } from "../config/schema.ts";
import { Deadlines } from "../deadlines.ts";
import { latencyDecayMs } from "../policy/options.ts";
import type { Policy } from "../policy/policy.ts";
import { createPolicy } from "../policy/registry.ts";
import { connectCheck } from "./connect-probe.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import { TargetRoom } from "./target-room.ts";

/** Where no health block says otherwise. */
const defaultHealth = { interval: 2000, timeout: 1000, healthyAfter: 1, unhealthyAfter: 3 };

/** What a service needs of the world. */
export interface StreamContext {
  readonly clock: Clock;
  readonly random?: Random;
  readonly onStateChange: StateListener;
  /** What the group's numbers live in when other threads share them. */
  readonly memory?: GroupMemory;
  /** Where findings go when another thread watches over health; `index` is the target's in its group. */
  readonly report?: (index: number, finding: Finding) => void;
}

/** A group as the relays see it: where its targets are, their health, and what they can take. */
export class StreamService {
  readonly group: Group;
  readonly connectDeadlines: Deadlines;
  readonly queueDeadlines: Deadlines;
  /** For TCP alone: a UDP session holds nothing of its target's. */
  readonly room: TargetRoom;
  /** Undefined when another thread watches over health. */
  private readonly health: HealthMonitor | undefined;
  private readonly traffic: Pick<TrafficWatch, "observe">;
  /** Attempts at a target that has left still have its address. */
  private readonly endpoints = new WeakMap<Target, Endpoint>();
  private readonly removalListeners = new Set<(target: Target) => void>();

  /** `protocol`: what the targets speak; they may all come later. */
  constructor(
    name: string,
    readonly protocol: "tcp" | "udp",
    readonly config: GroupConfig,
    private readonly context: StreamContext,
  ) {
    const { clock, random = systemRandom(), report } = context;
    const { memory = privateGroupMemory(config.targets.length) } = context;
    const rules = config.health === false ? defaultHealth : (config.health ?? defaultHealth);
    const decayMs = latencyDecayMs(config.policy);
    const availableSinceMs = report === undefined ? clock.now() : undefined;
    const targets = config.targets.map(
      ({ id, url, weight }, index) =>
        new Target(id, url, weight, availableSinceMs, decayMs, targetMemory(memory, index)),
    );
    for (const target of targets) this.endpoints.set(target, endpointOf(target.url));

    const connect = connectCheck(clock, rules.timeout, (target) => this.endpointOf(target));
    const policy: Policy = createPolicy(config.policy, {
      clock,
      random,
      targets,
      probe: (target) => {
        if (protocol === "tcp") probeByConnecting(connect, policy, target);
      },
    });
    this.group = new Group(name, targets, policy, clock, memory);
    if (report === undefined) {
      const check: Check | undefined = protocol === "tcp" && config.health !== false ? connect : undefined;
      const healthRules = { ...rules, intervalMs: rules.interval };
      this.health = new HealthMonitor(this.group, healthRules, check, clock, random, context.onStateChange);
      this.traffic = this.health;
    } else {
      this.traffic = new TrafficWatch(rules.unhealthyAfter, (target, finding) =>
        report(targets.indexOf(target), finding),
      );
    }
    this.connectDeadlines = new Deadlines(clock, config.connectTimeout);
    this.queueDeadlines = new Deadlines(clock, config.queueTimeout);
    this.room = new TargetRoom(config.maxConnections, config.maxQueue);
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
    const { clock } = this.context;
    const target = new Target(id, url, weight, clock.now(), latencyDecayMs(this.config.policy));
    this.endpoints.set(target, endpointOf(url));
    this.group.add(target);
    this.health?.watch(target);
    return target;
  }

  /** Gives a target no more traffic; what it has goes on, or is cut off where the config says so. */
  remove(target: Target): void {
    this.group.remove(target);
    this.health?.forget(target);
    for (const listener of this.removalListeners) listener(target);
  }

  /** Has `listener` told of every target that is removed from now on; returns what ends that. */
  onRemove(listener: (target: Target) => void): () => void {
    this.removalListeners.add(listener);
    return () => this.removalListeners.delete(listener);
  }

  endpointOf(target: Target): Endpoint {
    const endpoint = this.endpoints.get(target);
    if (endpoint === undefined) throw new Error(`target ${target.id} is not of group ${this.group.name}`);
    return endpoint;
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

function probeByConnecting(connect: Check, policy: Policy, target: Target): void {
  connect(target, (result) => {
    if (result.kind === "passed" && result.latencyMs !== undefined)
      policy.observeProbe?.(target, { latencyMs: result.latencyMs, inFlight: undefined });
  });
}
