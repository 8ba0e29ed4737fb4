import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Target } from "../cluster/target.ts";
import { Deadline, type Expiring } from "../transport/deadlines.ts";
import { RelaySide } from "../transport/relay-side.ts";
import type { StreamSocket } from "../transport/stream-socket.ts";
import { writeProxyHeader } from "./proxy-header.ts";
import { type SearchOwner, TargetSearch } from "./target-search.ts";
import { type Client, idleLooks, type ListedConnection, type TcpContext } from "./tcp-context.ts";

/** A client's connection to its end: a target for it, and the two joined. */
export class TcpConnection implements ListedConnection, SearchOwner, Expiring {
  readonly deadline = new Deadline();
  fault: string | undefined;
  private isOver = false;
  private readonly clientSide: RelaySide;
  private readonly search: TargetSearch;
  /** Where the search has led to. */
  private targetSide: RelaySide | undefined;
  private attempt: Attempt | undefined;
  private connectMs = 0;
  /** What the client has sent before there was a target for it; it is not read any further then. */
  private early: Buffer | undefined;
  private wasReset = false;
  /** Among the connections of its client. */
  private isCounted = false;
  private bytesAtLastLook = 0;
  private quietLooks = 0;

  /** `client` is undefined where nothing depends on it. */
  constructor(
    socket: StreamSocket,
    private readonly context: TcpContext,
    readonly client: Client | undefined,
    readonly startedAtMs = context.clock.now(),
  ) {
    this.clientSide = new RelaySide(this, socket);
    socket.data = this.clientSide;
    this.search = new TargetSearch(context, this, context.hashesAddress ? client?.source.address : undefined);
  }

  get target(): Target | undefined {
    return this.search.target;
  }

  get bytesIn(): number {
    return this.clientSide.bytesReceived;
  }

  get bytesOut(): number {
    return this.targetSide?.bytesReceived ?? 0;
  }

  /** Finds a target, unless its client has too many connections; `early`: what has come already. */
  start(early?: Buffer): void {
    if (!this.isAdmitted()) return;
    if (early !== undefined) this.clientSide.onSocketData(early, 0, early.length);
    this.search.begin();
  }

  close(fault: string): void {
    if (this.isOver) return;
    this.fault = fault;
    this.clientSide.cut();
    this.targetSide?.cut();
    this.finish();
  }

  expire(): void {
    this.lookForTraffic();
  }

  onNoTarget(fault: string): void {
    this.close(fault);
  }

  onEarlyBytes(bytes: Buffer): void {
    this.early = this.early === undefined ? bytes : Buffer.concat([this.early, bytes]);
    this.clientSide.pause();
  }

  onSideOpen(side: RelaySide): void {
    const { context, clientSide, early } = this;
    const attempt = this.search.found();
    this.attempt = attempt;
    this.targetSide = side;
    const nowMs = context.clock.now();
    this.connectMs = nowMs - attempt.startedAtMs;
    attempt.target.tally.connected(this.connectMs);
    this.early = undefined;
    clientSide.join(side);
    const version = context.service.config.sendProxyProtocol;
    if (version !== undefined && this.client !== undefined) side.send(writeProxyHeader(version, this.client));
    if (early !== undefined) side.send(early);
    clientSide.flow();
    context.idleDeadlines.add(this, nowMs);
  }

  onLoneSideGone(side: RelaySide, isReset: boolean): void {
    if (side !== this.clientSide) {
      this.search.refused("closed before it was established");
      return;
    }
    if (this.isOver) return;
    this.fault = `the client ${isReset ? "reset" : "closed"} the connection before there was a target`;
    this.finish();
  }

  onSideReset(side: RelaySide): void {
    const isClient = side === this.clientSide;
    this.fault = `${isClient ? "the client" : "the target"} reset the connection`;
    if (isClient) {
      // Nobody is there for an answer: the target shall stop working on it.
      this.targetSide?.cut();
    } else {
      this.wasReset = true;
    }
  }

  onBothGone(): void {
    this.finish();
  }

  /** Counts the connection among its client's; where there are too many it is closed. */
  private isAdmitted(): boolean {
    const { perClient } = this.context;
    if (perClient === undefined || this.client === undefined) return true;
    this.isCounted = perClient.open(this.client.source.address);
    if (!this.isCounted) {
      this.context.refused();
      this.close("its client has all the connections that it may have");
    }
    return this.isCounted;
  }

  /** Looked at a few times in the idle timeout: bytes then cost no clock and no list. */
  private lookForTraffic(): void {
    const bytes = this.bytesIn + this.bytesOut;
    this.quietLooks = bytes === this.bytesAtLastLook ? this.quietLooks + 1 : 0;
    this.bytesAtLastLook = bytes;
    if (this.quietLooks < idleLooks) this.context.idleDeadlines.add(this);
    else this.close("idle");
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { context, client, attempt } = this;
    if (this.isCounted && client !== undefined) context.perClient?.close(client.source.address);
    this.deadline.cancel(this);
    this.early = undefined;
    const nowMs = context.clock.now();
    if (attempt === undefined) this.search.giveUp();
    else {
      attempt.target.tally.disconnected();
      context.endAttempt(attempt, this.outcomeOf(attempt, nowMs), nowMs);
    }
    context.closed(this, nowMs);
  }

  private outcomeOf({ startedAtMs }: Attempt, nowMs: number): Outcome {
    // Something accepts connections there, but nobody who answers.
    if (this.wasReset && this.bytesOut === 0) return { kind: "failed", reason: "reset", sent: true };
    return {
      kind: "answered",
      status: 200,
      firstByteMs: this.connectMs,
      completeMs: nowMs - startedAtMs,
    };
  }
}
