import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Clock } from "../cluster/clock.ts";
import { Group } from "../cluster/group.ts";
import { type GroupMemory, privateGroupMemory, targetMemory } from "../cluster/group-memory.ts";
import { type Check, HealthMonitor, type StateListener } from "../cluster/health.ts";
import { type Random, systemRandom } from "../cluster/random.ts";
import { Target } from "../cluster/target.ts";
import { type Finding, TrafficWatch } from "../cluster/traffic-watch.ts";
import type { GroupConfig, HealthConfig, TargetConfig } from "../config/schema.ts";
import { Deadlines } from "../deadlines.ts";
import { type HashConfig, latencyDecayMs } from "../policy/options.ts";
import type { Policy } from "../policy/policy.ts";
import { createPolicy } from "../policy/registry.ts";
import { connectCheck, httpCheck, LoadPoller, reportProbe } from "./checks.ts";
import { Prober } from "./probe.ts";
import { type Endpoint, endpointOf } from "./upstream/endpoint.ts";
import { Pool } from "./upstream/pool.ts";

/** Where no health block says otherwise. */
const defaultHealth: HealthConfig = {
  path: "/health",
  interval: 2000,
  timeout: 1000,
  healthyAfter: 1,
  unhealthyAfter: 3,
};

/** What a service needs of the world. */
export interface ServiceContext {
  readonly clock: Clock;
  readonly random?: Random;
  /** PEM text of the authorities that the config's `tls.ca` names. */
  readonly ca?: string | undefined;
  readonly onStateChange: StateListener;
  /** What the group's numbers live in when other threads share them. */
  readonly memory?: GroupMemory;
  /** Where findings go when another thread watches over health; `index` is the target's in its group. */
  readonly report?: (index: number, finding: Finding) => void;
}

/** What a target is reached by. */
interface Reach {
  readonly endpoint: Endpoint;
  readonly pool: Pool;
}

/** A group as HTTP sees it: its targets' connections, their health, and how long things may take. */
export class Service {
  readonly group: Group;
  readonly clock: Clock;
  readonly responseDeadlines: Deadlines;
  readonly bodyDeadlines: Deadlines;
  /** How often a request that may have reached a target is sent again, when its method allows it. */
  readonly retries: number;
  /** When a client may try again after no target was to be had. */
  readonly recoverySeconds: number;
  /** What the group's policy hashes of a request, if it does. */
  readonly hashOn: HashConfig["on"] | undefined;
  /** Undefined when another thread watches over health. */
  private readonly health: HealthMonitor | undefined;
  private readonly loads: LoadPoller | undefined;
  private readonly traffic: Pick<TrafficWatch, "observe">;
  /** Attempts at a target that has left still end by what it was reached by. */
  private readonly reaches = new WeakMap<Target, Reach>();

  constructor(
    name: string,
    readonly config: GroupConfig,
    private readonly context: ServiceContext,
  ) {
    const { clock, random = systemRandom(), report } = context;
    const { memory = privateGroupMemory(config.targets.length) } = context;
    const rules = config.health === false ? defaultHealth : (config.health ?? defaultHealth);
    const prober = new Prober(clock, rules.timeout);
    const decayMs = latencyDecayMs(config.policy);
    const availableSinceMs = report === undefined ? clock.now() : undefined;
    const targets = config.targets.map(
      ({ id, url, weight }, index) =>
        new Target(id, url, weight, availableSinceMs, decayMs, targetMemory(memory, index)),
    );
    for (const target of targets) this.reaches.set(target, reachOf(target, config, context));
    const endpoint = (target: Target) => this.reachOf(target).endpoint;
    const pool = (target: Target) => this.poolOf(target);

    const policy: Policy = createPolicy(config.policy, {
      clock,
      random,
      targets,
      probe: reportProbe(prober, rules.path, endpoint, pool, (target, report) =>
        policy.observeProbe?.(target, report),
      ),
    });
    this.group = new Group(name, targets, policy, clock, memory);
    if (report === undefined) {
      this.health = new HealthMonitor(
        this.group,
        { ...rules, intervalMs: rules.interval },
        checkOf(config, prober, rules, endpoint),
        clock,
        random,
        context.onStateChange,
      );
      this.traffic = this.health;
    } else {
      this.traffic = new TrafficWatch(rules.unhealthyAfter, (target, finding) =>
        report(targets.indexOf(target), finding),
      );
    }
    if (report === undefined && config.policy.name === "least-load") {
      const { path, intervalMs } = config.policy;
      this.loads = new LoadPoller(this.group, prober, path, intervalMs, endpoint, pool, clock);
    }
    this.hashOn = config.policy.name === "hash" ? config.policy.on : undefined;
    this.clock = clock;
    this.responseDeadlines = new Deadlines(clock, config.responseTimeout);
    this.bodyDeadlines = new Deadlines(clock, config.bodyTimeout);
    this.retries = config.retries;
    this.recoverySeconds = Math.max(1, Math.ceil(rules.interval / 1000));
  }

  /** Begins to check the targets, unless another thread does. */
  start(): void {
    this.health?.start();
    this.loads?.start();
  }

  /** Stops checking, and closes every connection as soon as it is idle. */
  stop(): void {
    this.health?.stop();
    this.loads?.stop();
    for (const target of this.group.targets) this.poolOf(target).close();
  }

  /** Takes a target in and begins to check it; see {@link Group.add} for what throws. */
  add({ id, url, weight }: TargetConfig): Target {
    const target = new Target(id, url, weight, this.clock.now(), latencyDecayMs(this.config.policy));
    this.reaches.set(target, reachOf(target, this.config, this.context));
    this.group.add(target);
    this.health?.watch(target);
    this.loads?.watch(target);
    return target;
  }

  /** Gives a target no more requests; those that it has are answered, then its connections are closed. */
  remove(target: Target): void {
    this.group.remove(target);
    this.health?.forget(target);
    this.loads?.forget(target);
    this.poolOf(target).close();
  }

  poolOf(target: Target): Pool {
    return this.reachOf(target).pool;
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

  private reachOf(target: Target): Reach {
    const reach = this.reaches.get(target);
    if (reach === undefined) throw new Error(`target ${target.id} is not of group ${this.group.name}`);
    return reach;
  }
}

function reachOf(target: Target, config: GroupConfig, { clock, ca }: ServiceContext): Reach {
  const { serverName, verify = true } = config.tls ?? {};
  const endpoint = endpointOf(target.url, { serverName, verify, ca });
  const limits = {
    connectTimeoutMs: config.connectTimeout,
    idleTimeoutMs: config.idleTimeout,
    maxConnections: config.maxConnections,
    maxQueue: config.maxQueue,
    queueTimeoutMs: config.queueTimeout,
  };
  return { endpoint, pool: new Pool(endpoint, limits, clock) };
}

function checkOf(
  config: GroupConfig,
  prober: Prober,
  rules: HealthConfig,
  endpoint: (target: Target) => Endpoint,
): Check | undefined {
  if (config.health === false) return undefined;
  return config.health === undefined
    ? connectCheck(prober, endpoint)
    : httpCheck(prober, rules.path, endpoint);
}
