import { areOpenFilesUsedUp } from "../../sockets/open-files.ts";
import { connectStream } from "../../transport/connect-stream.ts";
import { Deadline, type Deadlines, type Expiring } from "../../transport/deadlines.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import { type ConnectionOwner, UpstreamConnection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";

/** Told exactly once how an attempt to connect ended. */
export interface Dialer {
  /** `dialledAtMs`: {@link Clock.now} when it began. */
  connected(connection: UpstreamConnection, dialledAtMs: number): void;
  /** `fault` is a line for people. */
  refused(fault: string, isTimeout: boolean): void;
  /** This process has all files open that it may; the target was not asked. */
  noFileLeft(): void;
}

/** Establishes a connection, TLS included, within the time of `deadlines`. */
export function dial(endpoint: Endpoint, owner: ConnectionOwner, deadlines: Deadlines, dialer: Dialer): void {
  new Dial(endpoint, owner, deadlines, dialer).start();
}

/** A connection until it is established; then the socket's events go to the {@link UpstreamConnection}. */
class Dial implements SocketEvents, Expiring {
  readonly deadline = new Deadline();
  private socket: StreamSocket | undefined;
  private readonly startedAtMs: number;
  private over = false;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly owner: ConnectionOwner,
    private readonly deadlines: Deadlines,
    private readonly dialer: Dialer,
  ) {
    this.startedAtMs = owner.clock.now();
  }

  start(): void {
    this.deadlines.add(this, this.startedAtMs);
    const { hostname, port, tls } = this.endpoint;
    // A tunnel passes on that one side has ended; with TLS nobody means that by ending.
    const allowHalfOpen = tls === undefined;
    this.socket = connectStream({ hostname, port, tls, allowHalfOpen, events: this }, (fault) =>
      this.fail(fault),
    );
  }

  expire(): void {
    this.refuse("not established in time", true);
  }

  onSocketOpen(socket: StreamSocket): void {
    // Not every connect can be called off; it may come after its time.
    if (this.over) {
      socket.terminate();
      return;
    }
    this.socket = socket;
    if (this.endpoint.tls === undefined) this.establish(socket);
  }

  onSocketHandshake(authorized: boolean, error: Error | null): void {
    if (this.over || this.socket === undefined) return;
    if (authorized || this.endpoint.tls?.rejectUnauthorized === false) this.establish(this.socket);
    else this.refuse(`TLS: ${error?.message ?? "certificate not trusted"}`);
  }

  onSocketData(): void {
    this.refuse("bytes before any request");
  }

  onSocketDrain(): void {}

  onSocketEnd(): void {
    this.refuse("closed before it was established");
  }

  onSocketClose(): void {
    this.refuse("closed before it was established");
  }

  private establish(socket: StreamSocket): void {
    this.over = true;
    this.deadline.cancel(this);
    const connection = new UpstreamConnection(socket, this.owner);
    socket.data = connection;
    this.dialer.connected(connection, this.startedAtMs);
  }

  private fail(fault: string): void {
    if (this.over || !areOpenFilesUsedUp()) {
      this.refuse(fault);
      return;
    }
    this.over = true;
    this.deadline.cancel(this);
    this.dialer.noFileLeft();
  }

  private refuse(fault: string, isTimeout = false): void {
    if (this.over) return;
    this.over = true;
    this.deadline.cancel(this);
    this.socket?.terminate();
    this.dialer.refused(fault, isTimeout);
  }
}
