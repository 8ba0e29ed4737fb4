import { Histogram, type HistogramTotals, histogramFloats, readHistograms } from "../cluster/histogram.ts";
import { classOf, statusClasses } from "../cluster/target-tally.ts";
import { ThreadRows } from "../cluster/thread-rows.ts";
import { edgeOf } from "../config/edge-rules.ts";
import { answeringGroups } from "../config/route-rules.ts";
import type { ListenerConfig } from "../config/schema.ts";
import { type RefusalReason, refusalReasons } from "./refusal-reason.ts";

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

/** What became of a request: the class of its status, or that its client left. */
export const requestCodes = [...statusClasses, "client_left"] as const;

/** Float64 slots of a listener's connections. */
const connectionSlots = { accepted: 0, closed: 1, handshakeFailures: 2, refused: 3 } as const;
const connectionFloats = 8;

/** Float64 slots of what went to one group. */
const trafficSlots = {
  codes: 0,
  retries: 6,
  bytesIn: 7,
  bytesOut: 8,
  refusals: 9,
  duration: 9 + refusalReasons.length,
} as const;
const trafficFloats = Math.ceil((trafficSlots.duration + histogramFloats) / 8) * 8;

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

/** How one thread counts what goes to one group. */
export class TrafficCounts {
  readonly duration: Histogram;

  constructor(
    private readonly floats: Float64Array,
    private readonly at: number,
  ) {
    this.duration = new Histogram(floats, at + trafficSlots.duration);
  }

  /** `status` as for {@link requestCodes}: 499 says that the client left. */
  ended(status: number): void {
    this.add(trafficSlots.codes + (status === 499 ? statusClasses.length : classOf(status)), 1);
  }

  retried(times: number): void {
    this.add(trafficSlots.retries, times);
  }

  refused(reason: RefusalReason): void {
    this.add(trafficSlots.refusals + refusalReasons.indexOf(reason), 1);
  }

  /** Content from clients and to them. */
  carried(bytesIn: number, bytesOut: number): void {
    this.add(trafficSlots.bytesIn, bytesIn);
    this.add(trafficSlots.bytesOut, bytesOut);
  }

  private add(slot: number, amount: number): void {
    this.floats[this.at + slot] = (this.floats[this.at + slot] ?? 0) + amount;
  }
}

/** What was counted of one listener's traffic to one group, over all threads. */
export interface TrafficTotals {
  /** Undefined for requests that no route took. */
  readonly group: string | undefined;
  /** By {@link requestCodes}. */
  readonly codes: readonly number[];
  readonly retries: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** By {@link refusalReasons}. */
  readonly refusals: readonly number[];
  readonly duration: HistogramTotals;
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

  /** Closed at once, since the listener or the client had as many as they may. */
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
  totals(): TrafficTotals[] {
    return [...this.memory.groups, undefined].map((group, index) => {
      const at = trafficAt(0, index);
      const sum = (slot: number) => this.rows.sum(at + slot);
      const several = (slot: number, count: number) => Array.from({ length: count }, (_, i) => sum(slot + i));
      return {
        group,
        codes: several(trafficSlots.codes, requestCodes.length),
        retries: sum(trafficSlots.retries),
        bytesIn: sum(trafficSlots.bytesIn),
        bytesOut: sum(trafficSlots.bytesOut),
        refusals: several(trafficSlots.refusals, refusalReasons.length),
        duration: readHistograms(
          this.floats,
          Array.from(
            { length: this.memory.threadCount },
            (_, thread) => thread * this.stride + at + trafficSlots.duration,
          ),
        ),
      };
    });
  }
}

/** Where what went to the group of that index stands, in a thread's row that begins at `rowAt`. */
function trafficAt(rowAt: number, index: number): number {
  return rowAt + connectionFloats + index * trafficFloats;
}
