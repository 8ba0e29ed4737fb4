import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Group } from "../cluster/group.ts";
import type { Target } from "../cluster/target.ts";
import { type RoomCounts, TargetRoom } from "../cluster/target-room.ts";
import type { Finding } from "../cluster/traffic-watch.ts";
import { healthOf } from "../config/health-schema.ts";
import type { GroupConfig, TargetConfig } from "../config/schema.ts";
import { type TargetAddress, targetAddress } from "../target-address.ts";
import { Deadlines } from "../transport/deadlines.ts";
import {
  type GroupContext,
  type MembershipChange,
  type SharedTarget,
  WatchedGroup,
} from "../watched-group.ts";
import { connectCheck, connectProbe } from "./connect-probe.ts";
import { ownProxyHeader } from "./proxy-header.ts";

/** What a service needs of the world. */
export interface StreamServiceContext extends GroupContext {
  /** Told who waits for room. */
  readonly counts?: RoomCounts | undefined;
}

/** A group as the relays see it: where its targets are, their health, and what they can take. */
export class StreamService {
  readonly group: Group;
  readonly connectDeadlines: Deadlines;
  readonly queueDeadlines: Deadlines;
  /** For TCP alone: a UDP session holds nothing of its target's. */
  readonly room: TargetRoom;
  private readonly watched: WatchedGroup;
  /** Attempts at a target that has left still have its address. */
  private readonly addresses: WeakMap<Target, TargetAddress>;
  private readonly removalListeners: Set<(target: Target) => void>;

  /** `protocol`: what the targets speak; they may all come later. */
  constructor(
    name: string,
    readonly protocol: "tcp" | "udp",
    readonly config: GroupConfig,
    context: StreamServiceContext,
    /** What served the group under another config: it shares its clients with that one. */
    previous?: StreamService,
  ) {
    this.addresses = previous?.addresses ?? new WeakMap();
    this.removalListeners = previous?.removalListeners ?? new Set();
    const { sendProxyProtocol } = config;
    const header = sendProxyProtocol && ownProxyHeader(sendProxyProtocol);
    const connect = connectCheck(context.clock, healthOf(config).timeout, header, (target) =>
      this.addressOf(target),
    );
    const isTcp = protocol === "tcp";
    this.watched = new WatchedGroup(name, config, context, {
      meet: (target) => void this.addresses.set(target, targetAddress(target.url)),
      check: isTcp && config.health !== false ? connect : undefined,
      // A UDP port accepts nothing that could be timed.
      probe: isTcp ? connectProbe(connect) : () => {},
    });
    this.group = this.watched.group;
    this.connectDeadlines = new Deadlines(context.clock, config.connectTimeout);
    this.queueDeadlines = new Deadlines(context.clock, config.queueTimeout);
    const { maxConnections: perTarget = Number.POSITIVE_INFINITY, maxInGroup, maxQueue } = config;
    const inGroup = { limit: maxInGroup ?? Number.POSITIVE_INFINITY };
    this.room = new TargetRoom({ perTarget, inGroup, maxQueue }, context.counts);
  }

  /** Begins to check the targets, unless another thread does. */
  start(): void {
    this.watched.start();
  }

  stop(): void {
    this.watched.stop();
  }

  /** Takes a target in and begins to check it; see {@link Group.add} for what throws. */
  add(config: TargetConfig): Target {
    return this.watched.add(config);
  }

  /** Gives a target no more traffic; what it has goes on, or is cut off where the config says so. */
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

  /** Has `listener` told of every target that is removed from now on; returns what ends that. */
  onRemove(listener: (target: Target) => void): () => void {
    this.removalListeners.add(listener);
    return () => this.removalListeners.delete(listener);
  }

  addressOf(target: Target): TargetAddress {
    const address = this.addresses.get(target);
    if (address === undefined) throw new Error(`target ${target.id} is not of group ${this.group.name}`);
    return address;
  }

  /** Ends the attempt, and lets health learn from it. */
  end(attempt: Attempt, outcome: Outcome, nowMs: number): void {
    this.watched.end(attempt, outcome, nowMs);
  }

  /** What real traffic in another thread says of the target with this number. */
  take(number: number, finding: Finding): void {
    this.watched.take(number, finding);
  }

  private changed({ gone }: MembershipChange): void {
    for (const target of gone) for (const listener of this.removalListeners) listener(target);
  }
}
