import { AdaptiveLimit } from "../../cluster/adaptive-limit.ts";
import type { Attempt, Outcome } from "../../cluster/attempt.ts";
import type { Clock } from "../../cluster/clock.ts";
import type { Group } from "../../cluster/group.ts";
import type { Check } from "../../cluster/health.ts";
import { type Random, systemRandom } from "../../cluster/random.ts";
import type { Target } from "../../cluster/target.ts";
import { type RoomCounts, TargetRoom } from "../../cluster/target-room.ts";
import type { Finding } from "../../cluster/traffic-watch.ts";
import { httpMaxConnections } from "../../config/group-schema.ts";
import { healthOf } from "../../config/health-schema.ts";
import type { GroupConfig, HealthConfig, TargetConfig } from "../../config/schema.ts";
import { type GroupCounts, privateGroupCounts } from "../../observe/group-counts.ts";
import type { HashConfig } from "../../policy/options.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import {
  type GroupContext,
  type MembershipChange,
  type SharedTarget,
  WatchedGroup,
} from "../../watched-group.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import { type Endpoint, endpointOf } from "../upstream/endpoint.ts";
import { Pool, type PoolLimits } from "../upstream/pool.ts";
import { connectCheck, httpCheck, reportProbe } from "./checks.ts";
import { Hedging } from "./hedging.ts";
import { LoadPoller } from "./load-poller.ts";
import { Prober } from "./probe.ts";
import { RetryBudget } from "./retry-budget.ts";
import { type RetryRules, retryRules } from "./retry-rules.ts";
import { StickySessions } from "./sticky-sessions.ts";

/** What of a group's config stands in files. */
export interface GroupFiles {
  /** PEM text of the authorities that the config's `tls.ca` names. */
  readonly ca?: string | undefined;
  /** What sticky sessions are signed with; there where the config has them. */
  readonly stickySecret?: string | undefined;
}

/** What a service needs of the world. */
export interface ServiceContext extends GroupContext, GroupFiles {
  /** What served the group under another config: connections to its targets stay where nothing speaks against it. */
  readonly previous?: Service | undefined;
  /** What is counted of the group; this service's own when left out. */
  readonly counts?: GroupCounts | undefined;
}

/** What a target is reached by. */
interface Reach {
  readonly endpoint: Endpoint;
  readonly limits: PoolLimits;
  readonly pool: Pool;
}

/** A group as HTTP sees it: its targets' connections, their health, and how long things may take. */
export class Service {
  readonly group: Group;
  readonly clock: Clock;
  readonly responseDeadlines: Deadlines;
  readonly bodyDeadlines: Deadlines;
  /** For the answers to attempts that another may follow; undefined where those have no time of their own. */
  readonly tryDeadlines: Deadlines | undefined;
  readonly queueDeadlines: Deadlines;
  readonly retry: RetryRules;
  readonly budget: RetryBudget;
  readonly hedging: Hedging | undefined;
  /** Undefined where requests in flight are not limited. */
  readonly room: TargetRoom | undefined;
  /** Undefined where clients keep to no target. */
  readonly sticky: StickySessions | undefined;
  readonly counts: GroupCounts;
  /** When a client may try again after no target was to be had. */
  readonly recoverySeconds: number;
  /** What the group's policy hashes of a request, if it does. */
  readonly hashOn: HashConfig["on"] | undefined;
  /** What of the config stands in files. */
  readonly files: GroupFiles;
  private readonly adaptive: AdaptiveLimit | undefined;
  /** Threads that send requests to the group. */
  private readonly servingThreads: number;
  private readonly watched: WatchedGroup;
  private readonly loads: LoadPoller | undefined;
  /** Attempts at a target that has left still end by what it was reached by. */
  private readonly reaches = new WeakMap<Target, Reach>();

  constructor(
    name: string,
    readonly config: GroupConfig,
    context: ServiceContext,
  ) {
    const { clock, random = systemRandom() } = context;
    const rules = healthOf(config);
    const prober = new Prober(clock, rules.timeout);
    const endpoint = (target: Target) => this.reachOf(target).endpoint;
    const pool = (target: Target) => this.poolOf(target);
    this.sticky = config.sticky && new StickySessions(config.sticky, name, context.stickySecret ?? "");
    this.watched = new WatchedGroup(name, config, context, {
      meet: (target) => {
        const before = context.previous?.reaches.get(target);
        this.reaches.set(target, reachOf(target, config, context, before));
        this.sticky?.meet(target);
      },
      check: checkOf(config, prober, rules, endpoint),
      probe: reportProbe(prober, rules.path, endpoint, pool),
    });
    this.group = this.watched.group;
    if (context.report === undefined && config.policy.name === "least-load") {
      const { path, intervalMs } = config.policy;
      this.loads = new LoadPoller(this.group, prober, path, intervalMs, endpoint, pool, clock);
    }
    this.hashOn = config.policy.name === "hash" ? config.policy.on : undefined;
    this.files = { ca: context.ca, stickySecret: context.stickySecret };
    this.clock = clock;
    this.responseDeadlines = new Deadlines(clock, config.responseTimeout);
    this.bodyDeadlines = new Deadlines(clock, config.bodyTimeout);
    this.queueDeadlines = new Deadlines(clock, config.queueTimeout);
    this.retry = retryRules(config);
    const { tryTimeoutMs } = this.retry;
    this.tryDeadlines = tryTimeoutMs === undefined ? undefined : new Deadlines(clock, tryTimeoutMs);
    this.counts = context.counts ?? privateGroupCounts();
    // Of the config before there may have been one.
    this.counts.set("limit", 0);
    const { budget: share, minPerSecond } = config.retry;
    this.budget = new RetryBudget({ share, minPerSecond }, this.counts);
    this.hedging = config.hedge && new Hedging(config.hedge, clock);
    this.adaptive = adaptiveLimitOf(config, random);
    this.room = roomOf(config, this.adaptive, this.counts);
    this.servingThreads = Math.max(1, (context.memory?.threadCount ?? 1) - 1);
    this.recoverySeconds = Math.max(1, Math.ceil(rules.interval / 1000));
  }

  /** Begins to check the targets, unless another thread does. */
  start(): void {
    this.watched.start();
    this.loads?.start();
  }

  /** Stops checking, and closes every connection as soon as it is idle, but for those that `next` has taken over. */
  stop(next?: Service): void {
    this.watched.stop();
    this.loads?.stop();
    for (const target of this.group.targets) {
      const pool = this.poolOf(target);
      if (next?.reaches.get(target)?.pool !== pool) pool.close();
    }
  }

  /** Takes a target in and begins to check it; see {@link Group.add} for what throws. */
  add(config: TargetConfig): Target {
    const target = this.watched.add(config);
    this.loads?.watch(target);
    return target;
  }

  /** Gives a target no more requests; those that it has are answered, then its connections are closed. */
  remove(target: Target): void {
    this.watched.remove(target);
    this.changed({ come: [], gone: [target] });
  }

  /** Has these targets from now on, see {@link WatchedGroup.setTargets}; returns those that have yet to be released. */
  setTargets(wanted: readonly TargetConfig[]): readonly Target[] {
    const change = this.watched.setTargets(wanted);
    this.changed(change);
    return change.gone;
  }

  /** See {@link WatchedGroup.setDraining}. */
  setDraining(target: Target, isDraining: boolean): void {
    this.watched.setDraining(target, isDraining);
  }

  /** Has the targets that another thread has taken in. */
  follow(members: readonly SharedTarget[]): void {
    this.changed(this.watched.follow(members));
  }

  poolOf(target: Target): Pool {
    return this.reachOf(target).pool;
  }

  /** Chooses a target besides those `tried`; undefined when none is available, or none has room. */
  begin(request: ForwardRequest, tried: readonly Target[] | undefined): Attempt | undefined {
    const { room, sticky } = this;
    const own = sticky === undefined || tried !== undefined ? undefined : sticky.targetOf(request.session);
    if (room === undefined)
      return own === undefined ? this.group.begin(request.key, tried) : this.group.beginAt(own);
    if (room.isFull) return undefined;
    const attempt =
      own !== undefined && room.hasRoom(own)
        ? this.group.beginAt(own)
        : this.group.begin(request.key, room.excluded(tried));
    if (attempt !== undefined) room.take(attempt.target);
    return attempt;
  }

  /** Whether the budget allows a request another attempt; a denial is counted. */
  mayTryAgain(): boolean {
    let open = 0;
    for (const target of this.group.targets) open += target.inFlight;
    return this.budget.allows(this.clock.now(), open / this.servingThreads);
  }

  /** Ends the attempt, and lets all learn from it that want to. */
  end(attempt: Attempt, outcome: Outcome, nowMs: number): void {
    this.watched.end(attempt, outcome, nowMs);
    this.hedging?.observe(outcome, attempt.startedAtMs, nowMs);
    if (this.room === undefined) return;
    if (this.adaptive !== undefined) {
      this.adaptive.observe(outcome, attempt.startedAtMs, nowMs, this.room.inFlight);
      this.counts.set("limit", this.adaptive.limit);
    }
    this.room.give(attempt.target);
  }

  /** What real traffic in another thread says of the target with this number. */
  take(number: number, finding: Finding): void {
    this.watched.take(number, finding);
  }

  private changed({ come, gone }: MembershipChange): void {
    for (const target of come) this.loads?.watch(target);
    for (const target of gone) {
      this.loads?.forget(target);
      this.sticky?.forget(target);
      this.poolOf(target).close();
    }
  }

  private reachOf(target: Target): Reach {
    const reach = this.reaches.get(target);
    if (reach === undefined) throw new Error(`target ${target.id} is not of group ${this.group.name}`);
    return reach;
  }
}

function adaptiveLimitOf(
  { concurrency, maxInGroup }: GroupConfig,
  random: Random,
): AdaptiveLimit | undefined {
  if (concurrency === undefined) return undefined;
  const max = Math.min(concurrency.max, maxInGroup ?? concurrency.max);
  return new AdaptiveLimit({ min: Math.min(concurrency.min, max), max }, random);
}

/** Requests need no room of their own where only connections are limited. */
function roomOf(
  config: GroupConfig,
  adaptive: AdaptiveLimit | undefined,
  counts: RoomCounts,
): TargetRoom | undefined {
  const { maxRequests, maxInGroup, maxQueue } = config;
  if (maxRequests === undefined && maxInGroup === undefined && adaptive === undefined) return undefined;
  const most = maxInGroup ?? Number.POSITIVE_INFINITY;
  const inGroup = adaptive === undefined ? { limit: most } : adaptive;
  return new TargetRoom({ perTarget: maxRequests ?? Number.POSITIVE_INFINITY, inGroup, maxQueue }, counts);
}

/** As it was under the group's previous config, where it would be no other now. */
function reachOf(
  target: Target,
  config: GroupConfig,
  { clock, ca }: ServiceContext,
  before: Reach | undefined,
): Reach {
  const { serverName, verify = true } = config.tls ?? {};
  const endpoint = endpointOf(target.url, { serverName, verify, ca });
  const limits = {
    connectTimeoutMs: config.connectTimeout,
    idleTimeoutMs: config.idleTimeout,
    maxConnections: config.maxConnections ?? httpMaxConnections,
    maxQueue: config.maxQueue,
    queueTimeoutMs: config.queueTimeout,
  };
  if (before !== undefined && Bun.deepEquals([before.endpoint, before.limits], [endpoint, limits]))
    return before;
  return { endpoint, limits, pool: new Pool(endpoint, limits, clock, target.tally) };
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
