import type { Socket } from "bun";
import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Target } from "../cluster/target.ts";
import type { RoomWaiter } from "../cluster/target-room.ts";
import { Deadline, type Expiring } from "../deadlines.ts";
import { RelaySide, type SideOwner } from "../relay-side.ts";
import { type SocketEvents, socketHandlers } from "../socket-events.ts";
import { writeProxyHeader } from "./proxy-header.ts";
import { type Client, idleLooks, type ListedConnection, type TcpContext } from "./tcp-context.ts";

type Phase = "begun" | "waiting" | "connecting" | "joined" | "over";

/** A client's connection to its end: a target for it, and the two joined. */
export class TcpConnection implements ListedConnection, SideOwner, RoomWaiter, Expiring {
  readonly deadline = new Deadline();
  target: Target | undefined;
  fault: string | undefined;
  private phase: Phase = "begun";
  private readonly clientSide: RelaySide;
  private targetSide: RelaySide | undefined;
  private attempt: Attempt | undefined;
  private connectMs = 0;
  /** What the client has sent before there was a target for it; it is not read any further then. */
  private early: Buffer | undefined;
  private tried: readonly Target[] | undefined;
  private wasReset = false;
  /** Among the connections of its client. */
  private isCounted = false;
  private bytesAtLastLook = 0;
  private quietLooks = 0;

  /** `client` is undefined where nothing depends on it. */
  constructor(
    socket: Socket<SocketEvents>,
    private readonly context: TcpContext,
    readonly client: Client | undefined,
    readonly startedAtMs = context.clock.now(),
  ) {
    this.clientSide = new RelaySide(this, socket);
    socket.data = this.clientSide;
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
    if (early !== undefined) this.clientSide.onSocketData(early);
    this.choose();
  }

  close(fault: string): void {
    if (this.phase === "over") return;
    this.fault = fault;
    this.clientSide.cut();
    this.targetSide?.cut();
    this.finish();
  }

  expire(): void {
    if (this.phase === "waiting") this.giveUpWaiting();
    else if (this.phase === "connecting") this.refused("not established in time");
    else this.lookForTraffic();
  }

  onRoom(): boolean {
    this.choose();
    return this.phase !== "waiting";
  }

  onEarlyBytes(bytes: Buffer): void {
    this.early = this.early === undefined ? bytes : Buffer.concat([this.early, bytes]);
    this.clientSide.pause();
  }

  onSideOpen(side: RelaySide): void {
    const { context, clientSide, early, attempt } = this;
    if (attempt === undefined) throw new Error("a side opened that nobody dialled");
    const nowMs = context.clock.now();
    this.connectMs = nowMs - attempt.startedAtMs;
    this.phase = "joined";
    attempt.target.tally.connected(this.connectMs);
    this.tried = undefined;
    this.early = undefined;
    this.fault = undefined;
    clientSide.join(side);
    const version = context.service.config.sendProxyProtocol;
    if (version !== undefined && this.client !== undefined) side.send(writeProxyHeader(version, this.client));
    if (early !== undefined) side.send(early);
    clientSide.flow();
    context.idleDeadlines.add(this, nowMs);
  }

  onLoneSideGone(side: RelaySide, isReset: boolean): void {
    if (side !== this.clientSide) {
      this.refused("closed before it was established");
      return;
    }
    if (this.phase === "over") return;
    this.fault = `the client ${isReset ? "reset" : "closed"} the connection before there was a target`;
    this.targetSide?.cut();
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

  private giveUpWaiting(): void {
    this.context.service.room.giveUp(this);
    this.close("no target had room in time");
  }

  private choose(): void {
    const { service, hashesAddress } = this.context;
    const { room } = service;
    const key = hashesAddress ? this.client?.source.address : undefined;
    const attempt = room.isFull ? undefined : service.group.begin(key, room.excluded(this.tried));
    if (attempt !== undefined) {
      room.take(attempt.target);
      this.attempt = attempt;
      this.target = attempt.target;
      this.dial(attempt.target);
    } else if (!room.isWorthWaiting(this.tried)) {
      this.close(this.fault ?? "no target is available");
    } else if (this.phase === "waiting") {
      // It keeps its place.
    } else if (room.wait(this)) {
      this.phase = "waiting";
      service.queueDeadlines.add(this);
    } else {
      this.close("too many clients wait for a target");
    }
  }

  private dial(target: Target): void {
    const { service } = this.context;
    const side = new RelaySide(this);
    this.targetSide = side;
    this.phase = "connecting";
    service.connectDeadlines.add(this);
    const { hostname, port } = service.addressOf(target);
    Bun.connect<SocketEvents>({
      hostname,
      port,
      data: side,
      allowHalfOpen: true,
      socket: socketHandlers,
    }).catch((error: Error & { code?: string }) => {
      if (this.targetSide === side) this.refused(error.code ?? error.message);
    });
  }

  /** Goes on to the next target. */
  private refused(reason: string): void {
    const { attempt, targetSide } = this;
    if (this.phase !== "connecting" || attempt === undefined) return;
    targetSide?.cut();
    this.targetSide = undefined;
    this.fault = `connect: ${reason}`;
    this.tried = [...(this.tried ?? []), attempt.target];
    this.endAttempt({ kind: "failed", reason: "connect", sent: false });
    this.deadline.cancel(this);
    this.choose();
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
    if (this.phase === "over") return;
    const wasJoined = this.phase === "joined";
    if (this.phase === "waiting") this.context.service.room.withdraw(this);
    this.phase = "over";
    if (this.isCounted && this.client !== undefined)
      this.context.perClient?.close(this.client.source.address);
    if (wasJoined) this.target?.tally.disconnected();
    this.deadline.cancel(this);
    this.early = undefined;
    const nowMs = this.context.clock.now();
    if (this.attempt !== undefined)
      this.endAttempt(wasJoined ? this.joinedOutcome(this.attempt, nowMs) : { kind: "cancelled" }, nowMs);
    this.context.closed(this, nowMs);
  }

  private joinedOutcome({ startedAtMs }: Attempt, nowMs: number): Outcome {
    // Something accepts connections there, but nobody who answers.
    if (this.wasReset && this.bytesOut === 0) return { kind: "failed", reason: "reset", sent: true };
    return {
      kind: "answered",
      status: 200,
      firstByteMs: this.connectMs,
      completeMs: nowMs - startedAtMs,
    };
  }

  private endAttempt(outcome: Outcome, nowMs = this.context.clock.now()): void {
    const { attempt } = this;
    const { service } = this.context;
    if (attempt === undefined) throw new Error("there is no attempt to end");
    this.attempt = undefined;
    service.end(attempt, outcome, nowMs);
    service.room.give(attempt.target);
  }
}
