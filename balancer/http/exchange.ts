import type { Socket } from "bun";
import { ByteBuffer } from "../byte-buffer.ts";
import type { Attempt, FailureReason, Outcome } from "../cluster/attempt.ts";
import type { Target } from "../cluster/target.ts";
import { Deadline } from "../deadlines.ts";
import type { SocketEvents } from "../socket-events.ts";
import { isSafeToResend } from "./retry.ts";
import type { Service } from "./service.ts";
import type { ConnectionUser, UpstreamConnection } from "./upstream/connection.ts";
import type { Pool, Waiter } from "./upstream/pool.ts";
import type { ResponseHead } from "./upstream/response-head.ts";

/** Why the balancer answers by itself instead of a target. */
export interface Refusal {
  readonly status: 400 | 408 | 413 | 502 | 503 | 504;
  /** One line for people. */
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/** What an exchange needs of the client's side; each edge implements it. */
export interface ClientSide {
  /** An interim answer other than 100 and 101; any number of them come before {@link begin}. */
  interim(head: ResponseHead): void;
  /** The answer's head; its content follows. Called at most once. */
  begin(head: ResponseHead, target: Target): void;
  /** A part of the content, in a range of `bytes`; false when the client is slower, until {@link Exchange.resume}. */
  write(bytes: Uint8Array, from: number, to: number): boolean;
  /** Nothing more has come for now: what was held back to go out in one piece is to be sent. */
  flush(): void;
  /** Names in lower case and values in turn, behind the content. */
  trailers(fields: readonly string[]): void;
  /** The answer is whole, at {@link Clock.now}. */
  end(nowMs: number): void;
  /** The answer broke off after {@link begin}: the client must be able to tell. */
  breakOff(): void;
  /** No target has answered, and nothing was begun. */
  refuse(refusal: Refusal): void;
  /** The target has answered 101 and the socket is the client's side to use; false when it did not ask for that. */
  switchTo(head: ResponseHead, socket: Socket<SocketEvents>, leftover: Uint8Array | undefined): boolean;
}

/** A request body that comes bit by bit, and only once. */
export interface BodySource {
  /** Begins to hand the body to {@link Exchange.sendBody}; called at most once. */
  start(exchange: Exchange): void;
  /** More may be sent after `sendBody` said no. */
  resume(): void;
  /** The rest is not wanted. */
  cancel(): void;
}

export interface ForwardRequest {
  readonly method: string;
  /** A body that is still coming. */
  readonly body: BodySource | undefined;
  /** For hashing policies. */
  readonly key: string | undefined;
  /** All that is to be sent, where it stands ready and stays so; there is no {@link body} then. */
  readonly bytes?: Uint8Array | undefined;
  /** Appends the head to send, and a whole body after it if there is one; called for each attempt. */
  writeTo(out: ByteBuffer): void;
}

/** Where each request is put together just before it is sent. */
const outgoing = new ByteBuffer(16_384);

/**
 * One request of a client and its answer: chooses a target, sends, hands the answer on, and tries
 * again where that is safe. Every attempt it begins ends here, on every path, exactly once. When it is over the next one
 * may begin: a connection that asks ten thousand times makes one object.
 */
export class Exchange implements ConnectionUser, Waiter {
  readonly deadline = new Deadline();
  startedAtMs = 0;
  /** Attempts begun. */
  attempts = 0;
  /** Content bytes of the answer. */
  bytesReceived = 0;
  /** From the last attempt's beginning to its answer; undefined when there is none. */
  firstByteMs: number | undefined;
  /** The last target tried. */
  target: Target | undefined;
  /** What went wrong last, for the log. */
  fault: string | undefined;
  private attempt: Attempt | undefined;
  /** When the target was chosen, while a connection is asked for: mostly there is one, and it is still that time. */
  private choiceAtMs: number | undefined;
  private connection: UpstreamConnection | undefined;
  private head: ResponseHead | undefined;
  /** Only once something has failed: the usual request makes no list. */
  private tried: Target[] | undefined;
  private resends = 0;
  private resentAsStale = false;
  /** The target's connection is not read: the client is slower. */
  private isPaused = false;
  private bodyStarted = false;
  private bodyIsWhole: boolean;
  private refusal: Refusal | undefined;

  /** {@link start} comes next. */
  constructor(
    private service: Service,
    private request: ForwardRequest,
    private readonly client: ClientSide,
  ) {
    this.bodyIsWhole = request.body === undefined;
  }

  /** Makes it another request's; the one before is over. */
  reuse(service: Service, request: ForwardRequest): void {
    if (this.attempt !== undefined)
      throw new Error("an exchange that is not over was used for another request");
    this.service = service;
    this.request = request;
    this.attempts = 0;
    this.bytesReceived = 0;
    this.firstByteMs = undefined;
    this.target = undefined;
    this.fault = undefined;
    this.connection = undefined;
    this.head = undefined;
    this.tried = undefined;
    this.resends = 0;
    this.isPaused = false;
    this.bodyStarted = false;
    this.bodyIsWhole = request.body === undefined;
    this.refusal = undefined;
  }

  /** Chooses a target and sends the request to it. */
  start(): void {
    const attempt = this.service.group.begin(this.request.key, this.tried);
    if (this.attempts === 0) this.startedAtMs = attempt?.startedAtMs ?? this.service.clock.now();
    if (attempt === undefined) {
      this.request.body?.cancel();
      this.client.refuse(this.refusal ?? this.noTarget());
      return;
    }
    this.attempts++;
    this.attempt = attempt;
    this.target = attempt.target;
    this.resentAsStale = false;
    this.choiceAtMs = attempt.startedAtMs;
    this.pool(attempt).acquire(this);
    this.choiceAtMs = undefined;
  }

  /** The client is gone. Does nothing once the exchange is over. */
  cancel(): void {
    if (this.attempt === undefined) return;
    this.leaveTarget();
    this.request.body?.cancel();
    this.endAttempt({ kind: "cancelled" });
  }

  /** The client takes more of the answer again. */
  resume(): void {
    if (this.connection === undefined) return;
    this.isPaused = false;
    this.service.bodyDeadlines.add(this);
    this.connection.resume();
  }

  /** A part of the request's body, in the framing its head announced; false when it has to wait. */
  sendBody(bytes: Uint8Array | string): boolean {
    if (this.connection === undefined) return true;
    const accepted = this.connection.send(bytes);
    // While it accepts, the wait is for the client, and that is not the target's fault.
    if (!accepted && this.head === undefined) this.service.responseDeadlines.add(this);
    return accepted;
  }

  /** The request's body is whole. */
  endBody(): void {
    this.bodyIsWhole = true;
    this.connection?.endRequest();
    if (this.connection !== undefined && this.head === undefined) this.service.responseDeadlines.add(this);
  }

  /** The client's body is not to be had whole: no target can make sense of the request. */
  breakBody(refusal: Refusal): void {
    if (this.attempt === undefined) return;
    this.cancel();
    if (this.head === undefined) this.client.refuse(refusal);
    else this.client.breakOff();
  }

  /** The tunnel that {@link ClientSide.switchTo} opened is closed. */
  endTunnel(): void {
    const nowMs = this.service.clock.now();
    this.endAttempt(this.answered(101, nowMs), nowMs);
  }

  onConnection(connection: UpstreamConnection): void {
    this.connection = connection;
    const { method, body } = this.request;
    if (!this.send(connection, method)) {
      // Found closed, and nothing was sent: the next one, whatever the method.
      this.connection = undefined;
      this.pool(this.current()).acquire(this);
      return;
    }
    if (this.bodyIsWhole) this.service.responseDeadlines.add(this, this.choiceAtMs);
    if (body === undefined || this.bodyStarted) return;
    this.bodyStarted = true;
    body.start(this);
  }

  onRefused(fault: string, isTimeout: boolean): void {
    this.fault = `connect: ${fault}`;
    this.endAttempt({ kind: "failed", reason: "connect", sent: false });
    this.tryNext(
      isTimeout
        ? { status: 504, reason: "no target could be reached in time" }
        : { ...this.noTarget(), reason: "no target could be reached" },
    );
  }

  onQueueFull(): void {
    this.busy("queue full");
  }

  onInterim(head: ResponseHead): void {
    this.client.interim(head);
  }

  onHead(head: ResponseHead, nowMs: number): void {
    this.head = head;
    this.deadline.cancel(this);
    this.firstByteMs = nowMs - this.current().startedAtMs;
    if (head.status === 101) return;
    this.client.begin(head, this.current().target);
  }

  onBody(bytes: Uint8Array, from: number, to: number): void {
    this.bytesReceived += to - from;
    if (this.client.write(bytes, from, to) || this.connection === undefined) return;
    // The client is slower; that is not the target's fault.
    this.isPaused = true;
    this.deadline.cancel(this);
    this.connection.pause();
  }

  onTrailers(fields: readonly string[]): void {
    this.client.trailers(fields);
  }

  onMoreToCome(): void {
    this.client.flush();
    if (this.head !== undefined && !this.isPaused) this.service.bodyDeadlines.add(this);
  }

  onEnd(nowMs: number): void {
    this.connection = undefined;
    if (!this.bodyIsWhole) this.request.body?.cancel();
    this.endAttempt(this.answered(this.head?.status ?? 200, nowMs), nowMs);
    this.client.end(nowMs);
  }

  onSwitched(socket: Socket<SocketEvents>, leftover: Uint8Array | undefined): void {
    this.connection = undefined;
    if (this.head !== undefined && this.client.switchTo(this.head, socket, leftover)) return;
    socket.terminate();
    this.failed("protocol", "101 that was not asked for, or no valid handshake");
  }

  onBroken(reason: FailureReason, fault: string): void {
    const isStale =
      reason === "reset" && this.connection?.answers !== 0 && this.connection?.hasAnswered === false;
    this.connection = undefined;
    if (isStale && !this.resentAsStale && this.canResend()) {
      // The target closed an idle connection just as it was reused: no failure of the target's.
      this.resentAsStale = true;
      this.deadline.cancel(this);
      this.pool(this.current()).acquireFresh(this);
      return;
    }
    this.failed(reason, fault);
  }

  onWritable(): void {
    if (this.head === undefined) this.deadline.cancel(this);
    if (!this.bodyIsWhole) this.request.body?.resume();
    else if (this.head === undefined) this.service.responseDeadlines.add(this);
  }

  /** A wait was too long: for a connection, for the answer, or for more of it. */
  expire(): void {
    if (this.connection === undefined) {
      this.pool(this.current()).withdraw(this);
      this.busy("waited too long for a connection");
      return;
    }
    this.connection.abort();
    this.connection = undefined;
    this.failed("timeout", this.head === undefined ? "no answer in time" : "the answer came to a halt");
  }

  /** False when the connection was found closed. */
  private send(connection: UpstreamConnection, method: string): boolean {
    const { bytes } = this.request;
    if (bytes !== undefined) return connection.beginLater(this, method, bytes);
    outgoing.clear();
    this.request.writeTo(outgoing);
    return connection.begin(this, method, outgoing.bytes, outgoing.length, !this.bodyIsWhole);
  }

  private failed(reason: FailureReason, fault: string): void {
    this.fault = `${reason}: ${fault}`;
    this.endAttempt({ kind: "failed", reason, sent: true });
    if (this.head !== undefined && this.head.status !== 101) {
      this.client.breakOff();
    } else if (reason === "timeout") {
      this.refuse({ status: 504, reason: "the target did not answer in time" });
    } else if (reason === "reset" && this.resends < this.service.retries && this.canResend()) {
      this.resends++;
      this.tryNext({ status: 502, reason: "the target closed the connection without an answer" });
    } else {
      const what = reason === "reset" ? "closed the connection without an answer" : "sent no valid answer";
      this.refuse({ status: 502, reason: `the target ${what}` });
    }
  }

  /** Nothing was sent and the target is not to blame: another one may be free. */
  private busy(fault: string): void {
    this.fault = fault;
    this.endAttempt({ kind: "cancelled" });
    this.tryNext({ status: 503, reason: "all targets are busy", retryAfterSeconds: 1 });
  }

  private tryNext(refusal: Refusal): void {
    this.refusal = refusal;
    if (this.target !== undefined) {
      if (this.tried === undefined) this.tried = [this.target];
      else this.tried.push(this.target);
    }
    this.start();
  }

  private refuse(refusal: Refusal): void {
    this.request.body?.cancel();
    this.client.refuse(refusal);
  }

  private canResend(): boolean {
    return isSafeToResend(this.request.method, !this.bodyStarted);
  }

  private noTarget(): Refusal {
    const { group, recoverySeconds } = this.service;
    return {
      status: 503,
      reason: `no healthy target in group "${group.name}"`,
      retryAfterSeconds: recoverySeconds,
    };
  }

  private leaveTarget(): void {
    if (this.connection === undefined) this.pool(this.current()).withdraw(this);
    else this.connection.abort();
    this.connection = undefined;
  }

  private endAttempt(outcome: Outcome, nowMs = this.service.clock.now()): void {
    const attempt = this.current();
    this.attempt = undefined;
    this.deadline.cancel(this);
    this.service.end(attempt, outcome, nowMs);
  }

  private answered(status: number, nowMs: number): Outcome {
    const completeMs = nowMs - this.current().startedAtMs;
    return {
      kind: "answered",
      status,
      firstByteMs: this.firstByteMs ?? completeMs,
      completeMs,
      retryAfterMs: this.head?.retryAfterMs,
    };
  }

  private pool(attempt: Attempt): Pool {
    return this.service.poolOf(attempt.target);
  }

  private current(): Attempt {
    if (this.attempt === undefined) throw new Error("an exchange that is over was used");
    return this.attempt;
  }
}
