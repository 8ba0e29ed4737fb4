import type { Clock } from "../../cluster/clock.ts";
import { Deadlines, type Expiring } from "../../transport/deadlines.ts";
import type { ConnectionOwner, UpstreamConnection } from "./connection.ts";
import { type Dialer, dial } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { HeadMemo } from "./head-memo.ts";
import { IdleConnections } from "./idle-connections.ts";

export interface PoolLimits {
  readonly connectTimeoutMs: number;
  /** An unused connection is closed after this. */
  readonly idleTimeoutMs: number;
  /** To the one target. */
  readonly maxConnections: number;
  /** Requests that may wait for a connection in use to become free. */
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
}

/** Who wants a connection; told exactly once, unless it withdraws. Its expiry means a wait too long. */
export interface Waiter extends Expiring {
  /** What it sends may be sent again when the target closes the connection just then. */
  readonly canResend: boolean;
  onConnection(connection: UpstreamConnection): void;
  /** No connection could be established; `fault` is a line for people. */
  onRefused(fault: string, isTimeout: boolean): void;
  /** All connections are in use and the queue is full, or there is no open file for another. */
  onQueueFull(): void;
}

/** Is told what there is to count of a pool. */
export interface PoolTally {
  connected(tookMs: number): void;
  disconnected(): void;
  /** So many more wait for a connection, or fewer. */
  waiting(change: number): void;
}

/**
 * The keep-alive connections to one target. Whoever waits stands in one line: every connection that
 * becomes free or established goes to its head, and every refusal too.
 */
export class Pool implements ConnectionOwner, Dialer {
  readonly heads = new HeadMemo();
  private readonly idle: IdleConnections;
  private readonly waiting: Waiter[] = [];
  private established = 0;
  private dialing = 0;
  private isClosing = false;
  private readonly connectDeadlines: Deadlines;
  private readonly queueDeadlines: Deadlines;
  /** For waiters with a connection under way: a refusal, not the queue, should tell them first. */
  private readonly dialQueueDeadlines: Deadlines;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly limits: PoolLimits,
    readonly clock: Clock,
    private readonly tally: PoolTally,
  ) {
    this.connectDeadlines = new Deadlines(clock, limits.connectTimeoutMs);
    this.idle = new IdleConnections(clock, limits.idleTimeoutMs);
    this.queueDeadlines = new Deadlines(clock, limits.queueTimeoutMs);
    this.dialQueueDeadlines = new Deadlines(clock, limits.connectTimeoutMs + limits.queueTimeoutMs);
  }

  /** Connections established or under way. */
  get size(): number {
    return this.established + this.dialing;
  }

  /** Connections that wait for a request. */
  get idleCount(): number {
    return this.idle.count;
  }

  /** Hands over an idle connection at once, else the next that becomes free or is established. */
  acquire(waiter: Waiter): void {
    const connection = this.wantsFresh(waiter) ? undefined : this.idle.take();
    if (connection === undefined) this.acquireFresh(waiter);
    else waiter.onConnection(connection);
  }

  /** As {@link acquire}, but no idle one: they may all have been closed with the one that was. */
  acquireFresh(waiter: Waiter): void {
    const hasRoom = this.size < this.limits.maxConnections;
    if (!hasRoom && this.waiting.length - this.dialing >= this.limits.maxQueue) {
      waiter.onQueueFull();
      return;
    }
    this.waiting.push(waiter);
    this.tally.waiting(1);
    (hasRoom ? this.dialQueueDeadlines : this.queueDeadlines).add(waiter);
    if (hasRoom) this.dial();
  }

  /** The waiter is no longer interested; a connection under way for it is kept for others. */
  withdraw(waiter: Waiter): void {
    waiter.deadline.cancel(waiter);
    const index = this.waiting.indexOf(waiter);
    if (index < 0) return;
    this.waiting.splice(index, 1);
    this.tally.waiting(-1);
  }

  /** Closes what is idle; a connection in use is closed when it is released. */
  close(): void {
    this.isClosing = true;
    this.idle.closeAll();
  }

  connected(connection: UpstreamConnection, dialledAtMs: number): void {
    this.dialing--;
    this.established++;
    const nowMs = this.clock.now();
    this.tally.connected(nowMs - dialledAtMs);
    this.release(connection, nowMs);
  }

  refused(fault: string, isTimeout: boolean): void {
    this.dialing--;
    this.nextWaiting()?.onRefused(fault, isTimeout);
    this.dialForWaiting();
  }

  /** Who waits gets the next connection that becomes free, where there is any or one under way. */
  noFileLeft(): void {
    this.dialing--;
    while (this.size === 0 && this.waiting.length > 0) this.nextWaiting()?.onQueueFull();
  }

  release(connection: UpstreamConnection, nowMs: number): void {
    const next = this.awaitsFresh(connection, nowMs) ? undefined : this.nextWaiting();
    if (next !== undefined) {
      next.onConnection(connection);
    } else if (this.isClosing || connection.isOfReserve) {
      connection.close();
    } else {
      this.idle.add(connection, nowMs);
    }
  }

  leftIdle(connection: UpstreamConnection): void {
    this.idle.noteClosed(connection);
  }

  closed(connection: UpstreamConnection): void {
    this.established--;
    this.tally.disconnected();
    this.idle.delete(connection);
    this.dialForWaiting();
  }

  /** A place has become free: whoever waits without a connection under way gets one. */
  private dialForWaiting(): void {
    if (this.waiting.length > this.dialing && this.size < this.limits.maxConnections) this.dial();
  }

  private dial(): void {
    this.dialing++;
    dial(this.endpoint, this, this.connectDeadlines, this);
  }

  /** Whether an idle connection may be lost with what the waiter sends, and another one can be had. */
  private wantsFresh(waiter: Waiter): boolean {
    // In this order: mostly nothing is known of the target, and then nothing else is looked at for each request.
    if (!this.idle.hasSeenClosed || waiter.canResend) return false;
    return this.size < this.limits.maxConnections && this.idle.mayAllEnd();
  }

  /** Whether who waits first had better wait for the connection under way than take this one. */
  private awaitsFresh({ answers }: UpstreamConnection, nowMs: number): boolean {
    const [first] = this.waiting;
    if (first === undefined || first.canResend || answers === 0) return false;
    return this.dialing >= this.waiting.length && this.idle.mayEndAtOnce(nowMs);
  }

  private nextWaiting(): Waiter | undefined {
    if (this.waiting.length === 0) return undefined;
    const waiter = this.waiting.shift();
    this.tally.waiting(-1);
    waiter?.deadline.cancel(waiter);
    return waiter;
  }
}
