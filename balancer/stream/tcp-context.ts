import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Target } from "../cluster/target.ts";
import type { ClientCounts } from "../limits/client-counts.ts";
import type { AcceptCounts } from "../transport/accept-sockets.ts";
import { Deadlines } from "../transport/deadlines.ts";
import { type ConnectionCounts, OpenConnections } from "../transport/open-connections.ts";
import type { ConnectionAddresses } from "./proxy-header.ts";
import type { StreamService } from "./stream-service.ts";

/** Who a client is, by its socket or by the PROXY protocol. */
export type Client = ConnectionAddresses;

/** So many looks without a byte between them, and a connection is idle: it is closed up to a quarter late. */
export const idleLooks = 4;
/** A proxy sends its header at once, and a client its part of a TLS handshake. */
const entranceTimeoutMs = 10_000;

/** One that is open, whatever it has come to. */
export interface ListedConnection {
  /** By its socket or by its PROXY protocol header; undefined where nothing depends on it. */
  readonly client: Client | undefined;
  /** The last one tried. */
  readonly target: Target | undefined;
  /** From the client and to it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** By the clock. */
  readonly startedAtMs: number;
  /** What went wrong last. */
  readonly fault: string | undefined;
  /** Ends it at once; `fault` says why. */
  close(fault: string): void;
}

/** What a connection came to. */
export interface EndedConnection {
  /** The client's address and port. */
  readonly address: string;
  readonly port: number;
  /** The last one tried. */
  readonly target: Target | undefined;
  /** From the client and to it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** What went wrong; undefined where both sides closed in order. */
  readonly fault: string | undefined;
}

/** Is told of connections that come and go, and of what they have carried. */
export interface TcpCounts extends ConnectionCounts, AcceptCounts {
  refused(): void;
  to(group: string): { carried(bytesIn: number, bytesOut: number): void };
}

export interface TcpContextOptions {
  readonly clock: Clock;
  readonly service: StreamService;
  /** A connection on which nothing comes from either side is closed after this, and up to a quarter of it later. */
  readonly idleTimeoutMs: number;
  readonly counts: TcpCounts;
  /** How many connections each client's address may have; undefined for any number. */
  readonly perClient?: ClientCounts | undefined;
  /** Told of every connection that has ended. */
  readonly onConnectionEnd?: (connection: EndedConnection) => void;
}

/** What all connections of a listener share. */
export class TcpContext {
  readonly clock: Clock;
  readonly service: StreamService;
  /** For the header, and for a handshake after it. */
  readonly entranceDeadlines: Deadlines;
  /** A part of the idle timeout long. */
  readonly idleDeadlines: Deadlines;
  readonly perClient: ClientCounts | undefined;
  readonly hashesAddress: boolean;
  /** Whether anything depends on who a client is: looking costs two system calls. */
  readonly needsClient: boolean;
  readonly connections: OpenConnections<ListedConnection>;
  private readonly forgetService: () => void;

  constructor(
    private readonly options: TcpContextOptions,
    connections?: OpenConnections<ListedConnection>,
  ) {
    const { clock, service, idleTimeoutMs, onConnectionEnd } = options;
    this.clock = clock;
    this.connections = connections ?? new OpenConnections(options.counts);
    this.service = service;
    this.entranceDeadlines = new Deadlines(clock, entranceTimeoutMs);
    this.idleDeadlines = new Deadlines(clock, idleTimeoutMs / idleLooks);
    this.perClient = options.perClient;
    this.hashesAddress = service.config.policy.name === "hash";
    this.needsClient =
      this.hashesAddress ||
      options.perClient !== undefined ||
      service.config.sendProxyProtocol !== undefined ||
      onConnectionEnd !== undefined;
    this.forgetService = service.onRemove((target) => {
      if (service.config.closeOnRemove) this.closeAllTo(target);
    });
  }

  /** The context of connections that come from now on; those that are open keep theirs, and count on. */
  become(options: TcpContextOptions): TcpContext {
    this.forgetService();
    return new TcpContext(options, this.connections);
  }

  /** Ends an attempt that has room at its target. */
  endAttempt(attempt: Attempt, outcome: Outcome, nowMs = this.clock.now()): void {
    this.service.watched.end(attempt, outcome, nowMs);
    this.service.room.give(attempt.target);
  }

  /** For `TcpConnection` and what comes before it. */
  handshakeFailed(): void {
    this.options.counts.handshakeFailed();
  }

  /** As {@link handshakeFailed}. */
  refused(): void {
    this.options.counts.refused();
  }

  /** As {@link handshakeFailed}. */
  closed(connection: ListedConnection, nowMs: number): void {
    const { client, target, bytesIn, bytesOut, startedAtMs, fault } = connection;
    this.options.counts.to(this.service.group.name).carried(bytesIn, bytesOut);
    if (client !== undefined) {
      const durationMs = nowMs - startedAtMs;
      this.options.onConnectionEnd?.({ ...client.source, target, bytesIn, bytesOut, durationMs, fault });
    }
    this.connections.delete(connection);
  }

  /** Resolves when every connection has come to its end. */
  async drain(): Promise<void> {
    await this.connections.none();
    this.forgetService();
  }

  /** Closes all at once. */
  stop(): void {
    for (const connection of this.connections) connection.close("the balancer stopped");
    this.forgetService();
  }

  private closeAllTo(target: Target): void {
    for (const connection of this.connections)
      if (connection.target === target) connection.close("the target was removed");
  }
}
