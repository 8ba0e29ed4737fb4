import type { Clock } from "../../balancer/cluster/clock.ts";
import { Connection, type Endpoint, type ExchangeEnd } from "./connection.ts";
import type { Method } from "./response-head.ts";

/** More connects at once than this overflow the accept queue of a usual server, and cost 1 s each. */
const maxConnecting = 128;

/** One request from its intended start to its end. */
interface Exchange {
  readonly deadlineMs: number;
  readonly finish: (end: ExchangeEnd) => void;
  connection: Connection | undefined;
  retried: boolean;
  ended: boolean;
}

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly request: Uint8Array;
  readonly method: Method;
  readonly maxConnections: number;
  /** From the intended start. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Sends one request over and over on up to `maxConnections` kept-alive connections. Requests for
 * which there is none wait in the order of their arrival.
 */
export class Client {
  peakConnections = 0;
  retries = 0;
  private stopped = false;
  private open = 0;
  private connecting = 0;
  private readonly idle: Connection[] = [];
  private readonly waiting = new Set<Exchange>();
  private readonly active = new Set<Exchange>();

  constructor(private readonly options: ClientOptions) {}

  /** Opens `count` connections ahead of the requests; returns how many could not be opened. */
  async connectAhead(count: number): Promise<number> {
    let started = 0;
    let failed = 0;
    const openSome = async () => {
      while (started < count) {
        started++;
        if (!(await this.connect(undefined))) failed++;
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, maxConnecting) }, openSome));
    return failed;
  }

  /** Calls `finish` exactly once, and not before this has returned. */
  send(intendedAtMs: number, finish: (end: ExchangeEnd) => void): void {
    const deadlineMs = intendedAtMs + this.options.timeoutMs;
    const exchange: Exchange = { deadlineMs, finish, connection: undefined, retried: false, ended: false };
    const connection = this.idle.pop();
    if (connection === undefined) {
      this.waiting.add(exchange);
      this.connectForWaiting();
    } else {
      this.start(exchange, connection);
    }
  }

  /** Ends what is over its time; to be called at short intervals. */
  expire(): void {
    const nowMs = this.options.clock.now();
    for (const exchange of this.waiting) {
      if (exchange.deadlineMs > nowMs) break;
      this.end(exchange, { kind: "failed", reason: "timeout" });
    }
    for (const exchange of this.active) {
      if (exchange.deadlineMs > nowMs) continue;
      if (exchange.connection !== undefined) exchange.connection.abort("timeout");
      else this.end(exchange, { kind: "failed", reason: "timeout" });
    }
  }

  /** Closes all connections; what is still pending never finishes. */
  close(): void {
    this.stopped = true;
    for (const exchange of [...this.waiting, ...this.active]) exchange.ended = true;
    this.waiting.clear();
    for (const exchange of this.active) exchange.connection?.close();
    for (const connection of [...this.idle]) connection.close();
  }

  private connectForWaiting(): void {
    if (this.stopped) return;
    const wanted = Math.min(
      this.waiting.size - this.connecting,
      this.options.maxConnections - this.open - this.connecting,
      maxConnecting - this.connecting,
    );
    for (let index = 0; index < wanted; index++) void this.connect(undefined);
  }

  /** Opens a connection and starts `owner` on it, or whoever waits longest. */
  private async connect(owner: Exchange | undefined): Promise<boolean> {
    this.connecting++;
    const connection = new Connection((closed) => this.dropped(closed));
    const established = await connection.open(this.options.endpoint);
    this.connecting--;
    if (established) {
      this.open++;
      this.peakConnections = Math.max(this.peakConnections, this.open);
    }
    if (this.stopped) {
      connection.close();
      return established;
    }
    const next = owner ?? this.longestWaiting();
    if (next === undefined || next.ended) {
      if (established) this.rest(connection);
    } else if (established) {
      this.start(next, connection);
    } else {
      this.end(next, { kind: "failed", reason: "connect" });
    }
    this.connectForWaiting();
    return established;
  }

  private start(exchange: Exchange, connection: Connection): void {
    this.waiting.delete(exchange);
    this.active.add(exchange);
    exchange.connection = connection;
    connection.send(this.options.request, this.options.method, (end) => {
      exchange.connection = undefined;
      if (end.kind === "stale" && !exchange.retried) {
        exchange.retried = true;
        this.retries++;
        void this.connect(exchange);
        return;
      }
      if (!connection.closed) this.rest(connection);
      this.end(exchange, end.kind === "stale" ? { kind: "failed", reason: "reset" } : end);
    });
  }

  private end(exchange: Exchange, end: ExchangeEnd): void {
    if (exchange.ended) return;
    exchange.ended = true;
    this.waiting.delete(exchange);
    this.active.delete(exchange);
    exchange.finish(end);
  }

  /** A connection is free: the longest waiting request takes it, or it stays idle. */
  private rest(connection: Connection): void {
    const next = this.longestWaiting();
    if (next !== undefined) this.start(next, connection);
    else this.idle.push(connection);
  }

  private longestWaiting(): Exchange | undefined {
    for (const exchange of this.waiting) return exchange;
    return undefined;
  }

  private dropped(connection: Connection): void {
    this.open--;
    const index = this.idle.indexOf(connection);
    if (index >= 0) this.idle.splice(index, 1);
    this.connectForWaiting();
  }
}
