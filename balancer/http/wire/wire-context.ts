import { ByteBuffer } from "../../byte-buffer.ts";
import type { Clock } from "../../cluster/clock.ts";
import type { Target } from "../../cluster/target.ts";
import { Deadlines } from "../../deadlines.ts";
import type { ClientLimits } from "../../limits/client-limits.ts";
import type { RequestRecorder } from "../../observe/request-recorder.ts";
import { OpenConnections } from "../../open-connections.ts";
import { type EdgeOptions, lastRequestMs } from "../edge.ts";
import { missingDate } from "../http-date.ts";
import { rateRefusal } from "../rate-refusal.ts";
import type { ResponseHead } from "../upstream/response-head.ts";
import { type ClientFraming, writeAnswerHead } from "./answer-head.ts";
import { type OwnAnswer, ownAnswer } from "./own-answer.ts";
import { type Peer, type PreparedRequest, RequestPlanner } from "./prepared-request.ts";
import { RequestScan } from "./request-scan.ts";
import type { WireConnection } from "./wire-connection.ts";

/** How long a client that is told to go may take to read that, and to close. */
const lingerMs = 2000;

interface KnownHead {
  readonly head: ResponseHead;
  readonly framing: ClientFraming;
  /** Where the target gave none. */
  readonly date: string | undefined;
  readonly bytes: Uint8Array;
}

const headBuffer = new ByteBuffer(4096);

/** What all connections of a listener share. */
export class WireContext {
  readonly clock: Clock;
  recorder: RequestRecorder;
  planner: RequestPlanner;
  readonly scan = new RequestScan();
  readonly connections: OpenConnections<WireConnection>;
  idleDeadlines: Deadlines;
  headDeadlines: Deadlines;
  /** For more of a body, and for a client to take more of its answer. */
  bodyDeadlines: Deadlines;
  writeDeadlines: Deadlines;
  readonly lingerDeadlines: Deadlines;
  limits: ClientLimits | undefined;
  minBodyRate: number;
  maxFields: number;
  maxHeadBytes: number;
  maxTargetBytes: number;
  maxBodyBytes: number;
  /** Every answer is the last of its connection. */
  isDraining = false;
  private exposeTarget: boolean;
  /** Of each target the last head and what came of it: heads mostly differ in the date alone. */
  private knownHeads = new WeakMap<Target, KnownHead>();

  constructor(options: EdgeOptions) {
    const { clock, listener, recorder } = options;
    this.clock = clock;
    this.recorder = recorder;
    this.connections = new OpenConnections(recorder.counts);
    this.planner = new RequestPlanner(options);
    this.idleDeadlines = new Deadlines(clock, listener.idleTimeout);
    this.headDeadlines = new Deadlines(clock, listener.headTimeout);
    this.bodyDeadlines = new Deadlines(clock, listener.bodyTimeout ?? listener.idleTimeout);
    this.writeDeadlines = new Deadlines(clock, listener.writeTimeout ?? listener.idleTimeout);
    this.minBodyRate = listener.minBodyRate;
    this.maxFields = listener.maxFields;
    this.lingerDeadlines = new Deadlines(clock, lingerMs);
    this.limits = options.limits;
    this.maxHeadBytes = listener.maxHeadBytes;
    this.maxTargetBytes = listener.maxTargetBytes;
    this.maxBodyBytes = listener.maxBodyBytes;
    this.exposeTarget = listener.exposeTarget;
  }

  /** Counts a connection among those of its peer's address; false when there are too many. Trusted proxies may have any number. */
  admits(peer: Peer): boolean {
    const connections = this.limits?.connections;
    return connections === undefined || peer.isTrusted || connections.open(peer.address);
  }

  /** A connection is closed that was admitted when `limits` were in force. */
  left(peer: Peer, limits: ClientLimits | undefined): void {
    if (!peer.isTrusted) limits?.connections?.close(peer.address);
  }

  /** The answer to a client that asks too often; whoever asks for the listener's status may do so. */
  tooOften({ client, own, forwarding }: PreparedRequest): OwnAnswer | undefined {
    const [listener, route] = [this.limits?.requests, forwarding?.limiter];
    if ((listener === undefined && route === undefined) || own?.isLogged === false) return undefined;
    const refusal = rateRefusal([listener, route], client, this.clock.now());
    if (refusal === undefined) return undefined;
    return { ...ownAnswer(429, refusal.reason, refusal.retryAfterSeconds), fields: refusal.fields };
  }

  /** Serves by these options from the next request on; what is being answered goes on. */
  become(options: EdgeOptions): void {
    const { clock, listener, recorder } = options;
    this.recorder = recorder;
    this.planner = new RequestPlanner(options);
    this.idleDeadlines = new Deadlines(clock, listener.idleTimeout);
    this.headDeadlines = new Deadlines(clock, listener.headTimeout);
    this.bodyDeadlines = new Deadlines(clock, listener.bodyTimeout ?? listener.idleTimeout);
    this.writeDeadlines = new Deadlines(clock, listener.writeTimeout ?? listener.idleTimeout);
    this.minBodyRate = listener.minBodyRate;
    this.maxFields = listener.maxFields;
    this.limits = options.limits;
    this.maxHeadBytes = listener.maxHeadBytes;
    this.maxTargetBytes = listener.maxTargetBytes;
    this.maxBodyBytes = listener.maxBodyBytes;
    this.exposeTarget = listener.exposeTarget;
    this.knownHeads = new WeakMap();
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

  /** What the client is told of the target; undefined for nothing. */
  exposed(target: Target): string | undefined {
    return this.exposeTarget ? target.id : undefined;
  }

  /** The head of an answer after which the connection stays, as bytes. */
  headOf(head: ResponseHead, target: Target, framing: ClientFraming): Uint8Array {
    const known = this.knownHeads.get(target);
    const date = missingDate(head);
    if (known?.head === head && known.framing === framing && known.date === date) return known.bytes;
    headBuffer.clear();
    writeAnswerHead(headBuffer, head, framing, { targetId: this.exposed(target) }, undefined);
    const bytes = headBuffer.copy();
    this.knownHeads.set(target, { head, framing, date, bytes });
    return bytes;
  }
}
