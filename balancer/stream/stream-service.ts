import type { Group } from "../cluster/group.ts";
import type { Target } from "../cluster/target.ts";
import { type RoomCounts, TargetRoom } from "../cluster/target-room.ts";
import { healthOf } from "../config/health-schema.ts";
import type { GroupConfig } from "../config/schema.ts";
import { type TargetAddress, targetAddress } from "../target-address.ts";
import { Deadlines } from "../transport/deadlines.ts";
import { type GroupContext, WatchedGroup } from "../watched-group.ts";
import { connectCheck, connectProbe } from "./connect-probe.ts";
import { ownProxyHeader } from "./proxy-header.ts";

/** What a service needs of the world. */
export interface StreamServiceContext extends GroupContext {
  /** Told who waits for room. */
  readonly counts?: RoomCounts | undefined;
}

/** A group as the relays see it: where its targets are, their health, and what they can take. */
export class StreamService {
  /** Who is in the group, and how they are. */
  readonly watched: WatchedGroup;
  readonly group: Group;
  readonly connectDeadlines: Deadlines;
  readonly queueDeadlines: Deadlines;
  /** For TCP alone: a UDP session holds nothing of its target's. */
  readonly room: TargetRoom;
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
      left: (target) => {
        for (const listener of this.removalListeners) listener(target);
      },
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
}
