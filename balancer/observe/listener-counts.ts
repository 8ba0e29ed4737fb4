import { ThreadRows } from "../cluster/thread-rows.ts";
import { edgeOf } from "../config/edge-rules.ts";
import { answeringGroups } from "../config/route-rules.ts";
import type { ListenerConfig } from "../config/schema.ts";
import { readTraffic, TrafficCounts, type TrafficTotals, trafficFloats } from "./traffic-counts.ts";

/** Where the counts of one listener stand, for all threads; memory of zeros is a listener that nobody has used. */
export interface ListenerMemory {
  readonly buffer: ArrayBufferLike;
  readonly isHttp: boolean;
  /** Whether its connections are counted: UDP has none, and `Bun.serve` does not tell of them. */
  readonly hasConnections: boolean;
  /** That its requests may go to, each once. */
  readonly groups: readonly string[];
  readonly threadCount: number;
}

/** Float64 slots of a listener's connections. */
const connectionSlots = { accepted: 0, closed: 1, handshakeFailures: 2, refused: 3 } as const;
const connectionFloats = 8;

export function createListenerMemory(listener: ListenerConfig, threadCount: number): ListenerMemory {
  const { protocol } = listener;
  const distinct = [...new Set(groupsOf(listener))];
  const floats = threadCount * (connectionFloats + (distinct.length + 1) * trafficFloats);
  return {
    isHttp: protocol === "http",
    hasConnections: protocol === "http" ? edgeOf(listener) === "wire" : protocol === "tcp",
    buffer: new SharedArrayBuffer(floats * 8),
    groups: distinct,
    threadCount,
  };
}

function groupsOf(listener: ListenerConfig): string[] {
  return listener.protocol === "http" ? listener.routes.flatMap(answeringGroups) : [listener.group];
}

/** What was counted of one listener's traffic to one group, over all threads. */
export interface ListenerTraffic extends TrafficTotals {
  /** Undefined for requests that no route took. */
  readonly group: string | undefined;
}

/** One listener's counts, as one thread writes them; reading puts all threads' together. */
export class ListenerCounts {
  private readonly floats: Float64Array;
  private readonly stride: number;
  private readonly rows: ThreadRows;
  private readonly byGroup = new Map<string, TrafficCounts>();
  private readonly ofNoGroup: TrafficCounts;
  private lastGroup: string | undefined;
  private lastTraffic: TrafficCounts;

  constructor(
    readonly name: string,
    private readonly memory: ListenerMemory,
    thread: number,
  ) {
    const { buffer, groups, threadCount } = memory;
    this.floats = new Float64Array(buffer);
    this.stride = connectionFloats + (groups.length + 1) * trafficFloats;
    this.rows = new ThreadRows(this.floats, 0, this.stride, threadCount, thread);
    const ownAt = thread * this.stride;
    for (const [index, group] of groups.entries())
      this.byGroup.set(group, new TrafficCounts(this.floats, trafficAt(ownAt, index)));
    this.ofNoGroup = new TrafficCounts(this.floats, trafficAt(ownAt, groups.length));
    this.lastTraffic = this.ofNoGroup;
  }

  get isHttp(): boolean {
    return this.memory.isHttp;
  }

  get hasConnections(): boolean {
    return this.memory.hasConnections;
  }

  /** Undefined for what no route took. */
  to(group: string | undefined): TrafficCounts {
    // Mostly the group of the request before: no look into a table then.
    if (group === this.lastGroup) return this.lastTraffic;
    this.lastGroup = group;
    this.lastTraffic = (group === undefined ? undefined : this.byGroup.get(group)) ?? this.ofNoGroup;
    return this.lastTraffic;
  }

  opened(): void {
    this.rows.add(connectionSlots.accepted, 1);
  }

  closed(): void {
    this.rows.add(connectionSlots.closed, 1);
  }

  handshakeFailed(): void {
    this.rows.add(connectionSlots.handshakeFailures, 1);
  }

  /** Closed at once, since the listener, the client or the process had as many as they may. */
  refused(): void {
    this.rows.add(connectionSlots.refused, 1);
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    if (thread >= this.memory.threadCount) return;
    const at = thread * this.stride;
    this.floats[at + connectionSlots.closed] = this.floats[at + connectionSlots.accepted] ?? 0;
  }

  /** Connections, over all threads. */
  get connections(): {
    readonly accepted: number;
    readonly open: number;
    readonly handshakeFailures: number;
    readonly refused: number;
  } {
    const accepted = this.rows.sum(connectionSlots.accepted);
    const open = accepted - this.rows.sum(connectionSlots.closed);
    const handshakeFailures = this.rows.sum(connectionSlots.handshakeFailures);
    return { accepted, open, handshakeFailures, refused: this.rows.sum(connectionSlots.refused) };
  }

  /** A line for each group, and the last one for what no route took. */
  totals(): ListenerTraffic[] {
    const rowsAt = Array.from({ length: this.memory.threadCount }, (_, thread) => thread * this.stride);
    return [...this.memory.groups, undefined].map((group, index) => ({
      group,
      ...readTraffic(
        this.floats,
        rowsAt.map((rowAt) => trafficAt(rowAt, index)),
      ),
    }));
  }
}

/** Where what went to the group of that index stands, in a thread's row that begins at `rowAt`. */
function trafficAt(rowAt: number, index: number): number {
  return rowAt + connectionFloats + index * trafficFloats;
}
