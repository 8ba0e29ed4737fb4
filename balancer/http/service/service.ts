import type { AdaptiveLimit } from "../../cluster/adaptive-limit.ts";
import type { Attempt, Outcome } from "../../cluster/attempt.ts";
import type { Clock } from "../../cluster/clock.ts";
import type { Group } from "../../cluster/group.ts";
import { systemRandom } from "../../cluster/random.ts";
import type { Target } from "../../cluster/target.ts";
import type { TargetRoom } from "../../cluster/target-room.ts";
import { healthOf } from "../../config/health-schema.ts";
import type { GroupConfig } from "../../config/schema.ts";
import { type GroupCounts, privateGroupCounts } from "../../observe/group-counts.ts";
import type { HashConfig } from "../../policy/options.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import { type GroupContext, WatchedGroup } from "../../watched-group.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { Pool } from "../upstream/pool.ts";
import { groupCheck, reportProbe } from "./checks.ts";
import { Hedging } from "./hedging.ts";
import { LoadPoller } from "./load-poller.ts";
import { Prober } from "./probe.ts";
import { adaptiveLimitOf, roomOf } from "./request-room.ts";
import { RetryBudget } from "./retry-budget.ts";
import { type RetryRules, retryRules } from "./retry-rules.ts";
import { StickySessions } from "./sticky-sessions.ts";
import { TargetReaches } from "./target-reaches.ts";

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

/** A group as HTTP sees it: its targets' connections, their health, and how long things may take. */
export class Service {
  /** Who is in the group, and how they are. */
  readonly watched: WatchedGroup;
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
  private readonly loads: LoadPoller | undefined;
  private readonly reaches: TargetReaches;

  constructor(
    name: string,
    readonly config: GroupConfig,
    context: ServiceContext,
  ) {
    // Not kept: else every config that was ever in force would be.
    const { previous, ...world } = context;
    const { clock, random = systemRandom() } = world;
    const rules = healthOf(config);
    const prober = new Prober(clock, rules.timeout);
    const reaches = new TargetReaches(config, clock, world.ca);
    if (previous !== undefined) reaches.takeOver(previous.group.targets, previous.reaches);
    const endpoint = (target: Target) => reaches.endpointOf(target);
    const pool = (target: Target) => reaches.poolOf(target);
    this.reaches = reaches;
    this.sticky = config.sticky && new StickySessions(config.sticky, name, world.stickySecret ?? "");
    this.watched = new WatchedGroup(name, config, world, {
      meet: (target) => {
        reaches.meet(target);
        this.sticky?.meet(target);
      },
      check: groupCheck(config, prober, rules.path, endpoint),
      probe: reportProbe(prober, rules.path, endpoint, pool),
      joined: (target) => this.loads?.watch(target),
      left: (target) => {
        this.loads?.forget(target);
        this.sticky?.forget(target);
        pool(target).close();
      },
    });
    this.group = this.watched.group;
    if (world.report === undefined && config.policy.name === "least-load") {
      const { path, intervalMs } = config.policy;
      this.loads = new LoadPoller(this.group, prober, path, intervalMs, endpoint, pool, clock);
    }
    this.hashOn = config.policy.name === "hash" ? config.policy.on : undefined;
    this.files = { ca: world.ca, stickySecret: world.stickySecret };
    this.clock = clock;
    this.responseDeadlines = new Deadlines(clock, config.responseTimeout);
    this.bodyDeadlines = new Deadlines(clock, config.bodyTimeout);
    this.queueDeadlines = new Deadlines(clock, config.queueTimeout);
    this.retry = retryRules(config);
    const { tryTimeoutMs } = this.retry;
    this.tryDeadlines = tryTimeoutMs === undefined ? undefined : new Deadlines(clock, tryTimeoutMs);
    this.counts = world.counts ?? privateGroupCounts();
    // Of the config before there may have been one.
    this.counts.set("limit", 0);
    const { budget: share, minPerSecond } = config.retry;
    this.budget = new RetryBudget({ share, minPerSecond }, this.counts);
    this.hedging = config.hedge && new Hedging(config.hedge, clock);
    this.adaptive = adaptiveLimitOf(config, random);
    this.room = roomOf(config, this.adaptive, this.counts);
    this.servingThreads = Math.max(1, (world.memory?.threadCount ?? 1) - 1);
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
    this.reaches.close(this.group.targets, next?.reaches);
  }

  poolOf(target: Target): Pool {
    return this.reaches.poolOf(target);
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

  /** As {@link Group.beginInPanic}, unless a target in service lacks nothing but room. */
  beginInPanic(request: ForwardRequest, tried: readonly Target[] | undefined): Attempt | undefined {
    const { room } = this;
    if (room === undefined) return this.group.beginInPanic(request.key, tried);
    if (room.isWorthWaiting(tried)) return undefined;
    const attempt = this.group.beginInPanic(request.key, room.excluded(tried));
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
}
