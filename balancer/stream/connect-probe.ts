import type { Clock } from "../cluster/clock.ts";
import type { Check } from "../cluster/health.ts";
import type { Target } from "../cluster/target.ts";
import type { TargetAddress } from "../target-address.ts";
import { connectStream } from "../transport/connect-stream.ts";
import { Deadline, Deadlines, type Expiring } from "../transport/deadlines.ts";
import type { SocketEvents } from "../transport/socket-events.ts";
import type { StreamSocket } from "../transport/stream-socket.ts";
import type { TargetWays } from "../watched-group.ts";

/**
 * Healthy is what accepts a connection; how long that takes is what clients wait as well. `header`: what targets expect
 * every connection to begin with.
 */
export function connectCheck(
  clock: Clock,
  timeoutMs: number,
  header: Uint8Array | undefined,
  addressOf: (target: Target) => TargetAddress,
): Check {
  const deadlines = new Deadlines(clock, timeoutMs);
  return (target, done) => {
    const startedAtMs = clock.now();
    new ConnectProbe(addressOf(target), header, deadlines, (fault) =>
      done(
        fault === undefined
          ? { kind: "passed", latencyMs: clock.now() - startedAtMs }
          : { kind: "failed", fault: `connect: ${fault}`, isUnreachable: true },
      ),
    ).start();
  };
}

/** For policies that probe by themselves: to connect is all that can be asked of any server. */
export function connectProbe(connect: Check): TargetWays["probe"] {
  return (target, report) =>
    connect(target, (result) => {
      if (result.kind === "passed" && result.latencyMs !== undefined)
        report({ latencyMs: result.latencyMs, inFlight: undefined });
    });
}

/** Connects, and closes at once. */
class ConnectProbe implements SocketEvents, Expiring {
  readonly deadline = new Deadline();
  private isOver = false;
  private socket: StreamSocket | undefined;

  constructor(
    private readonly address: TargetAddress,
    private readonly header: Uint8Array | undefined,
    private readonly deadlines: Deadlines,
    private readonly done: (fault: string | undefined) => void,
  ) {}

  start(): void {
    this.deadlines.add(this);
    const { hostname, port } = this.address;
    this.socket = connectStream({ hostname, port, events: this, allowHalfOpen: false }, (fault) =>
      this.end(fault),
    );
  }

  expire(): void {
    this.socket?.terminate();
    this.end("not established in time");
  }

  onSocketOpen(socket: StreamSocket): void {
    // So few bytes fit into the buffer of any socket.
    if (this.header !== undefined) socket.write(this.header);
    socket.end();
    this.end(undefined);
  }

  onSocketHandshake(): void {}

  onSocketData(): void {}

  onSocketDrain(): void {}

  onSocketEnd(): void {}

  onSocketClose(): void {}

  private end(fault: string | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.deadline.cancel(this);
    this.done(fault);
  }
}
