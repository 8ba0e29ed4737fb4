import type { Clock } from "../../cluster/clock.ts";
import type { ClientLimits } from "../../limits/client-limits.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import { OpenConnections } from "../../transport/open-connections.ts";
import { type EdgeOptions, lastRequestMs } from "../edge.ts";
import { rateRefusal } from "../rate-refusal.ts";
import { type OwnAnswer, ownAnswer } from "./own-answer.ts";
import type { Peer, PreparedRequest } from "./prepared-request.ts";
import { RequestScan } from "./request-scan.ts";
import type { WireConnection } from "./wire-connection.ts";
import { type WireRules, wireRules } from "./wire-rules.ts";

/** How long a client that is told to go may take to read that, and to close. */
const lingerMs = 2000;

/** What all connections of a listener share. */
export class WireContext {
  readonly clock: Clock;
  readonly scan = new RequestScan();
  readonly connections: OpenConnections<WireConnection>;
  readonly lingerDeadlines: Deadlines;
  /** In force for what comes from now on. */
  rules: WireRules;
  /** Every answer is the last of its connection. */
  isDraining = false;

  constructor(options: EdgeOptions) {
    this.clock = options.clock;
    this.connections = new OpenConnections(options.recorder.counts);
    this.lingerDeadlines = new Deadlines(options.clock, lingerMs);
    this.rules = wireRules(options);
  }

  /** Counts a connection among those of its peer's address; false when there are too many, of all or of its. Trusted proxies may have any number. */
  admits(peer: Peer): boolean {
    if (this.connections.size >= this.rules.maxConnections) return false;
    const connections = this.rules.limits?.connections;
    return connections === undefined || peer.isTrusted || connections.open(peer.address);
  }

  /** A connection is closed that was admitted when `limits` were in force. */
  left(peer: Peer, limits: ClientLimits | undefined): void {
    if (!peer.isTrusted) limits?.connections?.close(peer.address);
  }

  /** The answer to a client that asks too often; whoever asks for the listener's status may do so. */
  tooOften({ client, own, forwarding }: PreparedRequest): OwnAnswer | undefined {
    const listener = this.rules.limits?.requests;
    const route = forwarding?.limiter;
    if ((listener === undefined && route === undefined) || own?.isLogged === false) return undefined;
    const refusal = rateRefusal([listener, route], client, this.clock.now());
    if (refusal === undefined) return undefined;
    return { ...ownAnswer(429, refusal.reason, refusal.retryAfterSeconds), fields: refusal.fields };
  }

  /** Serves by these options from the next request on; what is being answered goes on. */
  become(options: EdgeOptions): void {
    this.rules = wireRules(options);
  }

  /** Makes every answer the last of its connection; resolves when all are closed. */
  async drain(): Promise<void> {
    this.isDraining = true;
    const timer = this.clock.after(lastRequestMs, () => {
      for (const connection of this.connections) if (connection.isIdle) connection.close();
    });
    await this.connections.none();
    timer.cancel();
  }

  /** Closes all at once. */
  stop(): void {
    for (const connection of this.connections) connection.close();
  }
}
