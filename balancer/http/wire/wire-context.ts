import { ByteBuffer } from "../../byte-buffer.ts";
import type { Clock } from "../../cluster/clock.ts";
import type { Target } from "../../cluster/target.ts";
import { Deadlines } from "../../deadlines.ts";
import type { RequestRecorder } from "../../observe/request-recorder.ts";
import { OpenConnections } from "../../open-connections.ts";
import type { EdgeOptions } from "../edge.ts";
import type { ResponseHead } from "../upstream/response-head.ts";
import { type ClientFraming, writeAnswerHead } from "./answer-head.ts";
import { RequestPlanner } from "./prepared-request.ts";
import { RequestScan } from "./request-scan.ts";
import type { WireConnection } from "./wire-connection.ts";

/** How long a client that is told to go may take to read that, and to close. */
const lingerMs = 2000;

interface KnownHead {
  readonly head: ResponseHead;
  readonly framing: ClientFraming;
  readonly bytes: Uint8Array;
}

const headBuffer = new ByteBuffer(4096);

/** What all connections of a listener share. */
export class WireContext {
  readonly clock: Clock;
  readonly recorder: RequestRecorder;
  readonly planner: RequestPlanner;
  readonly scan = new RequestScan();
  readonly connections: OpenConnections<WireConnection>;
  readonly idleDeadlines: Deadlines;
  readonly headDeadlines: Deadlines;
  readonly lingerDeadlines: Deadlines;
  readonly maxHeadBytes: number;
  readonly maxTargetBytes: number;
  readonly maxBodyBytes: number;
  /** Every answer is the last of its connection. */
  isDraining = false;
  private readonly exposeTarget: boolean;
  /** Of each target the last head and what came of it: heads mostly differ in the date alone. */
  private readonly knownHeads = new WeakMap<Target, KnownHead>();

  constructor(options: EdgeOptions) {
    const { clock, listener, recorder } = options;
    this.clock = clock;
    this.recorder = recorder;
    this.connections = new OpenConnections(recorder.counts);
    this.planner = new RequestPlanner(options);
    this.idleDeadlines = new Deadlines(clock, listener.idleTimeout);
    this.headDeadlines = new Deadlines(clock, listener.headTimeout);
    this.lingerDeadlines = new Deadlines(clock, lingerMs);
    this.maxHeadBytes = listener.maxHeadBytes;
    this.maxTargetBytes = listener.maxTargetBytes;
    this.maxBodyBytes = listener.maxBodyBytes;
    this.exposeTarget = listener.exposeTarget;
  }

  /** Makes every answer the last of its connection; resolves when all are closed. */
  drain(): Promise<void> {
    this.isDraining = true;
    for (const connection of this.connections) if (connection.isIdle) connection.close();
    return this.connections.none();
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
    if (known?.head === head && known.framing === framing) return known.bytes;
    headBuffer.clear();
    writeAnswerHead(headBuffer, head, framing, { targetId: this.exposed(target) }, undefined);
    const bytes = headBuffer.copy();
    this.knownHeads.set(target, { head, framing, bytes });
    return bytes;
  }
}
