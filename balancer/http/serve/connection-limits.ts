import type { Clock, Timer } from "../../cluster/clock.ts";
import type { ClientCounts } from "../../limits/client-counts.ts";
import { AcceptedConnections, shutDown, tcpSocketCount } from "../../sockets/accepted.ts";
import { areOpenFilesShort, isReserved, maxOpenFiles } from "../../sockets/open-files.ts";

const everyMs = 200;
/** Of the thread's time at most: to look takes some 2 µs for each connection. */
const share = 0.02;

export interface ConnectionRules {
  /** Connections at once; any number when left out. */
  readonly maxConnections: number | undefined;
  /** Of each client's address; any number when left out. */
  readonly perClient: ClientCounts | undefined;
  /** Whose connections are many clients'. */
  readonly isTrusted: (address: string) => boolean;
}

/**
 * Holds a listener to its limits of connections, and to the open files that clients may have. `Bun.serve` tells of none
 * before its first request, so the sockets themselves are looked at, and those that are too many are closed: a fifth of a
 * second later at the latest, or whenever it may look again.
 */
export class ConnectionLimits {
  private rules: ConnectionRules = unlimited;
  /** Those that may stay, by descriptor, with what ends their being counted for their client. */
  private readonly open = new Map<number, () => void>();
  private accepted: AcceptedConnections;
  private isFirst = true;
  private timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly port: number,
  ) {
    this.accepted = this.unknown();
    if (maxOpenFiles() !== undefined) this.accepted.prepare();
  }

  /** Goes by these from now on; who is there already stays. */
  become(rules: ConnectionRules): void {
    if (isLimited(rules) !== isLimited(this.rules)) this.stop();
    this.rules = rules;
    if (this.timer === undefined) this.look();
  }

  /** Looks no more, and counts nobody. */
  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const fd of this.open.keys()) this.forget(fd);
    this.accepted = this.unknown();
    this.isFirst = true;
  }

  private look(): void {
    const beganAtMs = performance.now();
    if (areOpenFilesShort() || (isLimited(this.rules) && (this.isFirst || this.mayBeTooMany()))) {
      this.accepted.look();
      this.isFirst = !isLimited(this.rules);
    }
    const tookMs = performance.now() - beganAtMs;
    this.timer = this.clock.after(Math.max(everyMs, tookMs / share), () => this.look());
  }

  private unknown(): AcceptedConnections {
    return new AcceptedConnections(this.port, {
      onCome: (fd, peer) => this.admit(fd, peer),
      onGone: (fd) => this.forget(fd),
    });
  }

  /** Where only their number counts, that of all sockets tells nearly always that there is nothing to look for. */
  private mayBeTooMany(): boolean {
    const { maxConnections = 0, perClient } = this.rules;
    return perClient !== undefined || tcpSocketCount() > maxConnections;
  }

  private admit(fd: number, peer: string): void {
    const { maxConnections = Number.POSITIVE_INFINITY, perClient, isTrusted } = this.rules;
    if (isReserved(fd)) shutDown(fd);
    else if (this.isFirst) this.open.set(fd, uncounted);
    else if (this.open.size >= maxConnections) shutDown(fd);
    else if (perClient === undefined || isTrusted(peer)) this.open.set(fd, uncounted);
    else if (perClient.open(peer)) this.open.set(fd, () => perClient.close(peer));
    else shutDown(fd);
  }

  private forget(fd: number): void {
    this.open.get(fd)?.();
    this.open.delete(fd);
  }
}

const uncounted = () => {};

const unlimited: ConnectionRules = {
  maxConnections: undefined,
  perClient: undefined,
  isTrusted: () => false,
};

function isLimited({ maxConnections, perClient }: ConnectionRules): boolean {
  return maxConnections !== undefined || perClient !== undefined;
}
