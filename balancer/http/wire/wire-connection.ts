import type { ClientLimits } from "../../limits/client-limits.ts";
import type { LoggedRequest } from "../../observe/logged.ts";
import { Deadline } from "../../transport/deadlines.ts";
import { toKeep } from "../../transport/received.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ClientFraming } from "./answer-head.ts";
import { type AnswerConnection, ClientAnswer } from "./client-answer.ts";
import { ClientInput } from "./client-input.ts";
import { ClientOutput } from "./client-output.ts";
import { ownAnswer, writeOwnAnswer } from "./own-answer.ts";
import type { Peer } from "./prepared-request.ts";
import { RequestBody } from "./request-body.ts";
import type { RequestFault } from "./request-fault.ts";
import { type IntakeConnection, RequestIntake } from "./request-intake.ts";
import type { RequestScan } from "./request-scan.ts";
import { Tunnel } from "./tunnel.ts";
import type { WireContext } from "./wire-context.ts";

/**
 * - `open`: requests are read and answered, one at a time
 * - `last`: the present answer is the last one; nothing more is read
 * - `lingering`: all is sent, and what the client still sends is thrown away until it closes
 */
type Phase = "open" | "last" | "lingering" | "tunnel" | "closed";

/** A client's connection, from its being admitted to its end: what comes goes by the intake, and back by the answer. */
export class WireConnection implements SocketEvents, AnswerConnection, IntakeConnection {
  readonly deadline = new Deadline();
  readonly output: ClientOutput;
  readonly answer: ClientAnswer;
  private readonly input: ClientInput;
  private readonly intake: RequestIntake;
  /** In force when it was admitted. */
  private readonly limits: ClientLimits | undefined;
  private phase: Phase = "open";
  /** The present request's answer is with the output. */
  private isAnswered = false;
  private tunnel: Tunnel | undefined;
  /** More may have been sent than was read. */
  private isUnread = false;

  constructor(
    private readonly socket: StreamSocket,
    private readonly context: WireContext,
    private readonly peer: Peer,
  ) {
    this.input = new ClientInput(socket);
    this.output = new ClientOutput(socket);
    this.intake = new RequestIntake(context, peer, this.input, this);
    this.answer = new ClientAnswer(context, this);
    this.limits = context.rules.limits;
    context.rules.idleDeadlines.add(this);
  }

  /** No request is open. */
  get isIdle(): boolean {
    return this.intake.isIdle;
  }

  get isOpen(): boolean {
    return this.phase === "open";
  }

  onSocketOpen(): void {}

  onSocketHandshake(): void {}

  onSocketData(bytes: Buffer, from: number, to: number): void {
    if (this.phase !== "open" || this.intake.takeKnown(bytes, from, to)) return;
    this.input.add(toKeep(bytes, from, to));
    this.intake.read();
  }

  onSocketDrain(): void {
    // Bun tells of it also when nothing was held back, as after a resume: what runs then is another deadline.
    if (!this.output.isBlocked) return;
    if (!this.output.drain()) {
      this.awaitClient();
      return;
    }
    this.deadline.cancel(this);
    if (this.isAnswered) this.finishWhenSent();
    else this.answer.drained();
  }

  awaitClient(): void {
    this.context.rules.writeDeadlines.add(this);
  }

  onSocketEnd(): void {
    // A client that sends no more while it waits is taken for gone, as most of those are; what is answered is still sent.
    if (this.isAnswered && this.output.isBlocked) this.phase = "last";
    else this.close();
  }

  onSocketClose(): void {
    if (this.phase === "closed") return;
    this.phase = "closed";
    this.input.drop();
    this.intake.body = undefined;
    this.output.drop();
    this.deadline.cancel(this);
    this.context.connections.delete(this);
    this.context.left(this.peer, this.limits);
    this.answer.leave();
  }

  /** Ends at once, whatever is open. */
  close(): void {
    if (this.phase === "closed") return;
    this.tunnel?.close();
    this.onSocketClose();
    this.socket.end();
  }

  /** What it waited for has not come in time. */
  expire(): void {
    const { request, body } = this.intake;
    if (this.phase !== "open" || this.isAnswered || this.output.isBlocked) this.terminate();
    else if (body instanceof RequestBody) body.breakOff(tooSlow);
    else if (request === undefined) this.refuse(tooSlow);
    else {
      this.phase = "last";
      this.answer.answerOwn(request, ownAnswer(408, tooSlow.reason), true);
    }
  }

  mayKeep(): boolean {
    return this.phase === "open" && !this.context.isDraining && this.intake.mayGoOn;
  }

  answered(keep: boolean, nowMs: number): void {
    this.isAnswered = true;
    if (!keep && this.phase === "open") this.phase = "last";
    if (this.phase !== "last") this.output.flush();
    this.finishWhenSent(nowMs);
  }

  breakOff(framing: ClientFraming): void {
    this.output.flush();
    this.output.writeNow();
    // Without a length or chunks only a reset tells that something is missing.
    if (framing === "close") this.terminate();
    else this.close();
  }

  openTunnel(target: StreamSocket, early: Uint8Array | undefined, onClosed: () => void): void {
    this.phase = "tunnel";
    this.deadline.cancel(this);
    const toTarget = this.input.takeAll();
    this.tunnel = new Tunnel(this.socket, target, () => {
      onClosed();
      this.onSocketClose();
    });
    this.tunnel.start(this.output.takeUnsent(), early, toTarget);
  }

  onBodyEnd(): void {
    if (this.isAnswered) this.finishWhenSent();
  }

  onBodyBroken(): void {
    if (this.phase === "open") this.phase = "last";
    if (this.isAnswered) this.finishWhenSent();
  }

  /** And reads no further. */
  refuse({ status, reason }: RequestFault): void {
    const { context, output, input, peer } = this;
    const hasBegun = !input.isEmpty;
    writeOwnAnswer(output.buffer, ownAnswer(status, reason), false, "close");
    if (hasBegun) context.rules.recorder.recordOwn(unreadable(context.scan, peer), status);
    this.phase = "last";
    this.isAnswered = true;
    this.isUnread = hasBegun;
    this.finishWhenSent();
  }

  /** The answer is with the output: when the client has it, the next request's turn comes, or the end. */
  private finishWhenSent(nowMs = this.context.clock.now()): void {
    if (this.phase === "closed" || this.phase === "lingering") return;
    if (this.phase === "last") this.output.finish();
    if (this.output.isBlocked) {
      this.awaitClient();
    } else if (this.phase === "last") {
      this.endConnection();
    } else if (this.intake.body === undefined) {
      this.intake.request = undefined;
      this.isAnswered = false;
      this.context.rules.idleDeadlines.add(this, nowMs);
      if (!this.input.isEmpty) this.intake.read();
      else if (this.context.isDraining) this.close();
      this.input.resume();
    }
  }

  /**
   * Closes. What the client still sends would be answered with a reset, which might reach it before the answer does;
   * so only the sending side is closed, and the rest is thrown away for a while (RFC 9112 §9.6).
   */
  private endConnection(): void {
    if (this.intake.body === undefined && this.input.isEmpty && !this.isUnread) {
      this.close();
      return;
    }
    this.phase = "lingering";
    this.input.takeAll();
    this.intake.body = undefined;
    this.context.lingerDeadlines.add(this);
    this.socket.shutdown();
    this.input.resume();
  }

  private terminate(): void {
    this.onSocketClose();
    this.socket.terminate();
  }
}

const tooSlow = { status: 408, reason: "the request did not come in time", cause: "too_slow" } as const;

/** What is known of a request that can't be read, for the log. */
function unreadable({ method, target, host }: RequestScan, peer: Peer): LoggedRequest {
  return {
    client: peer.address,
    method,
    host,
    path: target,
    version: "HTTP/1.1",
    group: undefined,
    referer: null,
    userAgent: null,
    traceParent: undefined,
  };
}
