import type { Socket } from "bun";
import type { ClientLimits } from "../../limits/client-limits.ts";
import type { LoggedRequest } from "../../observe/logged.ts";
import { Deadline, type Expiring } from "../../transport/deadlines.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import { BodyPace } from "../body-pace.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { ClientFraming } from "./answer-head.ts";
import { type AnswerConnection, ClientAnswer } from "./client-answer.ts";
import { ClientOutput } from "./client-output.ts";
import { HeadReader } from "./head-reader.ts";
import { ownAnswer, writeOwnAnswer } from "./own-answer.ts";
import { type Peer, PreparedRequest } from "./prepared-request.ts";
import { type BodyReader, RequestBody } from "./request-body.ts";
import type { RequestFault } from "./request-fault.ts";
import { Tunnel } from "./tunnel.ts";
import { RequestWithBody, WholeBody } from "./whole-body.ts";
import type { WireContext } from "./wire-context.ts";

/** A body up to this long is read before a target is chosen: it can then be sent again. */
const wholeBodyBytes = 65_536;
/** So much is read ahead of requests that wait for the answers before theirs. */
const maxAheadBytes = 65_536;
const continueBytes = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");
const nothing = Buffer.alloc(0);

/**
 * - `open`: requests are read and answered, one at a time
 * - `last`: the present answer is the last one; nothing more is read
 * - `lingering`: all is sent, and what the client still sends is thrown away until it closes
 */
type Phase = "open" | "last" | "lingering" | "tunnel" | "closed";

/** A client's connection: finds the requests in what comes, has each answered, in order. */
export class WireConnection implements SocketEvents, Expiring, AnswerConnection, BodyReader {
  readonly deadline = new Deadline();
  readonly output: ClientOutput;
  private readonly answer: ClientAnswer;
  /** In force when it was admitted. */
  private readonly limits: ClientLimits | undefined;
  private readonly heads: HeadReader;
  private phase: Phase = "open";
  /** What came and could not be read yet: a part of a head, or requests that have to wait. */
  private pending: Buffer = nothing;
  /** Being answered, or answered while its body still comes. */
  private request: PreparedRequest | undefined;
  private body: RequestBody | WholeBody | undefined;
  /** Of the present body. */
  private pace: BodyPace | undefined;
  private isAnswered = false;
  private tunnel: Tunnel | undefined;
  private isReading = false;
  private isPaused = false;
  /** More may have been sent than was read. */
  private isUnread = false;

  constructor(
    private readonly socket: Socket<SocketEvents>,
    private readonly context: WireContext,
    private readonly peer: Peer,
  ) {
    this.output = new ClientOutput(socket);
    this.answer = new ClientAnswer(context, this);
    this.limits = context.rules.limits;
    this.heads = new HeadReader(context, peer);
    context.rules.idleDeadlines.add(this);
  }

  /** No request is open. */
  get isIdle(): boolean {
    return this.request === undefined && this.pending.length === 0;
  }

  onSocketOpen(): void {}

  onSocketHandshake(): void {}

  onSocketData(bytes: Buffer): void {
    if (this.phase !== "open") return;
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    this.read();
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
    this.pending = nothing;
    this.body = undefined;
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
    if (this.phase !== "open" || this.isAnswered || this.output.isBlocked) this.terminate();
    else if (this.body instanceof RequestBody) this.body.breakOff(tooSlow);
    else if (this.request === undefined) this.refuse(tooSlow);
    else {
      this.phase = "last";
      this.answer.answerOwn(this.request, ownAnswer(408, tooSlow.reason), true);
    }
  }

  mayKeep(): boolean {
    if (this.phase !== "open" || this.context.isDraining || this.request?.keepAlive !== true) return false;
    if (this.body === undefined) return true;
    // Of a client that waits to be invited nobody knows whether the body will come.
    return this.body.isDiscardable && !this.request.expectsContinue;
  }

  answered(keep: boolean, nowMs: number): void {
    this.isAnswered = true;
    if (!keep && this.phase === "open") this.phase = "last";
    this.finishWhenSent(nowMs);
  }

  breakOff(framing: ClientFraming): void {
    this.output.flush();
    this.output.writeNow();
    // Without a length or chunks only a reset tells that something is missing.
    if (framing === "close") this.terminate();
    else this.close();
  }

  openTunnel(target: Socket<SocketEvents>, early: Uint8Array | undefined, onClosed: () => void): void {
    this.phase = "tunnel";
    this.deadline.cancel(this);
    const toTarget = this.pending;
    this.pending = nothing;
    this.tunnel = new Tunnel(this.socket, target, () => {
      onClosed();
      this.onSocketClose();
    });
    this.tunnel.start(this.output.takeUnsent(), early, toTarget);
  }

  inviteBody(): void {
    if (this.request?.expectsContinue !== true || this.pending.length > 0) return;
    this.output.buffer.append(continueBytes);
    this.output.flush();
  }

  resumeBody(): void {
    if (this.phase !== "open") return;
    this.read();
    if (this.body !== undefined) this.awaitBody(this.body);
    this.resumeSocket();
  }

  /** The client has so long for its next part; while the target is slower, it has all the time it wants. */
  private awaitBody(body: RequestBody | WholeBody): void {
    if (body.isBlocked) {
      this.deadline.cancel(this);
      this.pace?.pause();
    } else {
      this.context.rules.bodyDeadlines.add(this);
      this.pace?.begin();
    }
  }

  /** Reads as far as the present state allows; the rest is kept. */
  private read(): void {
    if (this.isReading) return;
    this.isReading = true;
    while (this.pending.length > 0 && this.phase === "open" && this.readNext()) {}
    this.isReading = false;
    const isAhead = this.body?.isBlocked === true || this.pending.length > maxAheadBytes;
    if (isAhead && this.request !== undefined && this.phase === "open") this.pauseSocket();
  }

  /** Takes the next head or part of a body; false when it has to wait. */
  private readNext(): boolean {
    const { body } = this;
    if (body === undefined) return this.request === undefined && this.readHead();
    if (body.isBlocked) return false;
    this.readBody(body);
    return true;
  }

  private readHead(): boolean {
    const { heads, context } = this;
    const isNew = !heads.hasBegun;
    const found = heads.read(this.pending);
    if (found === undefined) {
      this.take(heads.takenBytes);
      // Its time runs from its first byte on, however many more come.
      if (isNew && heads.hasBegun) context.rules.headDeadlines.add(this);
      return heads.takenBytes > 0;
    }
    if (!(found instanceof PreparedRequest)) {
      this.refuse(found);
      return true;
    }
    this.take(heads.takenBytes);
    this.dispatch(found);
    return true;
  }

  /** Answers the request, or sends it on its way as soon as its body allows. */
  private dispatch(request: PreparedRequest): void {
    const { bodyLength } = request;
    const tooOften = this.context.tooOften(request);
    const own = tooOften === undefined ? request.own : { answer: () => tooOften, isLogged: true };
    this.request = request;
    this.isAnswered = false;
    this.deadline.cancel(this);
    if (bodyLength !== undefined && bodyLength !== 0)
      this.pace = new BodyPace(this.context.clock, this.context.rules.minBodyRate);
    if (bodyLength === undefined || bodyLength === 0) {
      if (own === undefined) this.begin(request, request);
      else this.answer.answerOwn(request, own.answer(), own.isLogged);
    } else if (own !== undefined) {
      const body = this.streamBody(bodyLength);
      this.answer.answerOwn(request, own.answer(), own.isLogged);
      body.cancel();
    } else if (bodyLength !== "chunked" && bodyLength <= wholeBodyBytes && !request.expectsContinue) {
      this.body = new WholeBody(bodyLength);
      this.awaitBody(this.body);
    } else {
      this.begin(request, new RequestWithBody(request, this.streamBody(bodyLength), undefined));
    }
  }

  private streamBody(length: number | "chunked"): RequestBody {
    const body = new RequestBody(length, this.context.rules.maxBodyBytes, this);
    this.body = body;
    return body;
  }

  private begin(request: PreparedRequest, forward: ForwardRequest): void {
    if (request.forwarding === undefined) throw new Error("a request that goes to no target was forwarded");
    this.answer.forward(request, request.forwarding, forward);
  }

  private readBody(body: RequestBody | WholeBody): void {
    const end = body.take(this.pending, 0);
    this.take(end);
    if (body.isBroken) {
      // An exchange that was still at it has been told, and has answered.
      if (this.phase === "open") this.phase = "last";
      if (this.isAnswered) this.finishWhenSent();
    } else if (!body.isWhole) {
      this.awaitBody(body);
      if (this.pace?.isTooSlow(end) === true) this.expire();
    } else {
      this.body = undefined;
      this.deadline.cancel(this);
      if (body instanceof WholeBody && this.request !== undefined)
        this.begin(this.request, new RequestWithBody(this.request, undefined, body.content));
      else if (this.isAnswered) this.finishWhenSent();
    }
  }

  /** Answers what can't be read, and reads no further. */
  private refuse({ status, reason }: RequestFault): void {
    const { context, output } = this;
    const hasBegun = this.pending.length > 0;
    writeOwnAnswer(output.buffer, ownAnswer(status, reason), false, "close");
    output.flush();
    if (hasBegun) context.rules.recorder.recordOwn(this.unreadable(), status);
    this.phase = "last";
    this.isAnswered = true;
    this.isUnread = hasBegun;
    this.finishWhenSent();
  }

  /** What is known of a request that can't be read, for the log. */
  private unreadable(): LoggedRequest {
    const { method, target, host } = this.context.scan;
    const client = this.peer.address;
    return {
      client,
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

  /** The answer is with the output: when the client has it, the next request's turn comes, or the end. */
  private finishWhenSent(nowMs = this.context.clock.now()): void {
    if (this.phase === "closed" || this.phase === "lingering") return;
    if (this.phase === "last") this.output.writeNow();
    if (this.output.isBlocked) {
      this.awaitClient();
    } else if (this.phase === "last") {
      this.endConnection();
    } else if (this.body === undefined) {
      this.request = undefined;
      this.isAnswered = false;
      this.context.rules.idleDeadlines.add(this, nowMs);
      if (this.pending.length > 0) this.read();
      else if (this.context.isDraining) this.close();
      this.resumeSocket();
    }
  }

  /**
   * Closes. What the client still sends would be answered with a reset, which might reach it before the answer does;
   * so only the sending side is closed, and the rest is thrown away for a while (RFC 9112 §9.6).
   */
  private endConnection(): void {
    if (this.body === undefined && this.pending.length === 0 && !this.isUnread) {
      this.close();
      return;
    }
    this.phase = "lingering";
    this.pending = nothing;
    this.body = undefined;
    this.context.lingerDeadlines.add(this);
    this.socket.shutdown();
    this.resumeSocket();
  }

  /** Takes so many bytes off what came. */
  private take(count: number): void {
    this.pending = count < this.pending.length ? this.pending.subarray(count) : nothing;
  }

  private terminate(): void {
    this.onSocketClose();
    this.socket.terminate();
  }

  private pauseSocket(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  private resumeSocket(): void {
    if (!this.isPaused || this.phase === "closed") return;
    this.isPaused = false;
    this.socket.resume();
  }
}

const tooSlow = { status: 408, reason: "the request did not come in time", cause: "too_slow" } as const;
