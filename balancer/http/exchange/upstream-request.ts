import type { Attempt, FailureReason, Outcome } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";
import { type AttemptTrace, endAttemptTrace } from "../../observe/tracing/request-trace.ts";
import { Deadline } from "../../transport/deadlines.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { UpstreamConnection } from "../upstream/connection.ts";
import type { ConnectionUser } from "../upstream/connection-user.ts";
import type { Pool, Waiter } from "../upstream/pool.ts";
import type { AttemptOwner } from "./attempt-owner.ts";
import { sendRequest } from "./send-request.ts";

/**
 * One attempt of an exchange: takes a connection from the target's pool, sends, and tells what comes back. The attempt it begins
 * ends here, on every path, exactly once. When it is over the next one may begin.
 */
export class UpstreamRequest implements ConnectionUser, Waiter {
  readonly deadline = new Deadline();
  /** From the choice of the target to its answer; undefined when there is none. */
  firstByteMs: number | undefined;
  /** Of the present attempt, or the last. */
  target: Target | undefined;
  private attempt: Attempt | undefined;
  /** Of a sampled request. */
  private trace: AttemptTrace | undefined;
  /** When the target was chosen, while a connection is asked for: mostly there is one, and it is still that time. */
  private choiceAtMs: number | undefined;
  private connection: UpstreamConnection | undefined;
  private head: ResponseHead | undefined;
  private resentAsStale = false;
  /** The target's connection is not read: the client is slower. */
  private isPaused = false;
  /** The time runs that it has while there may be another attempt. */
  private isTryTimed = false;

  constructor(private readonly owner: AttemptOwner) {}

  /** Begun and not ended. */
  get isOpen(): boolean {
    return this.attempt !== undefined;
  }

  get canResend(): boolean {
    return this.owner.canResend && this.owner.bodyIsWhole;
  }

  begin(attempt: Attempt): void {
    this.attempt = attempt;
    this.target = attempt.target;
    this.trace = this.owner.trace?.begin(attempt.target, attempt.startedAtMs);
    this.head = undefined;
    this.firstByteMs = undefined;
    this.resentAsStale = false;
    this.isPaused = false;
    this.choiceAtMs = attempt.startedAtMs;
    this.pool(attempt).acquire(this);
    this.choiceAtMs = undefined;
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.leaveTarget();
    this.endAttempt({ kind: "cancelled" });
  }

  /** Gives it up for want of an answer. */
  giveUp(): void {
    this.leaveTarget();
    this.endAttempt({ kind: "failed", reason: "timeout", sent: true });
  }

  /** Ends with the answer whose head has just come; what follows is for nobody. */
  dismiss(nowMs: number): void {
    const { connection } = this;
    this.connection = undefined;
    const outcome = this.answered(this.head?.status ?? 200, nowMs);
    connection?.readOver(this.owner.service.bodyDeadlines);
    this.endAttempt(outcome, nowMs);
  }

  /** The client takes more of the answer again. */
  resume(): void {
    if (this.connection === undefined) return;
    this.isPaused = false;
    this.owner.service.bodyDeadlines.add(this);
    this.connection.resume();
  }

  sendBody(bytes: Uint8Array | string): boolean {
    if (this.connection === undefined) return true;
    const accepted = this.connection.send(bytes);
    // While it accepts, the wait is for the client, and that is not the target's fault.
    if (!accepted && this.head === undefined) this.awaitAnswer();
    return accepted;
  }

  /** The request's body is whole. */
  endBody(): void {
    this.connection?.endRequest();
    if (this.connection !== undefined && this.head === undefined) this.awaitAnswer();
  }

  /** The tunnel that {@link AttemptOwner.onSwitched} opened is closed. */
  endTunnel(): void {
    const nowMs = this.owner.service.clock.now();
    this.endAttempt(this.answered(101, nowMs), nowMs);
  }

  onConnection(connection: UpstreamConnection): void {
    this.connection = connection;
    if (!sendRequest(connection, this, this.owner, this.trace)) {
      // Found closed, and nothing was sent: the next one, whatever the method.
      this.connection = undefined;
      this.pool(this.current()).acquire(this);
      return;
    }
    if (this.owner.bodyIsWhole) this.awaitAnswer();
    this.owner.onSent(this);
  }

  onRefused(fault: string, isTimeout: boolean): void {
    this.endAttempt({ kind: "failed", reason: "connect", sent: false });
    this.owner.onUnreachable(this, fault, isTimeout);
  }

  onQueueFull(): void {
    this.busy("queue full");
  }

  onInterim(head: ResponseHead): void {
    this.owner.onInterim(this, head);
  }

  onHead(head: ResponseHead, nowMs: number): void {
    this.head = head;
    this.deadline.cancel(this);
    this.firstByteMs = nowMs - this.current().startedAtMs;
    this.owner.onHead(this, head, nowMs);
  }

  onBody(bytes: Uint8Array, from: number, to: number): void {
    if (this.owner.onBody(bytes, from, to) || this.connection === undefined) return;
    // The client is slower; that is not the target's fault.
    this.isPaused = true;
    this.deadline.cancel(this);
    this.connection.pause();
  }

  onTrailers(fields: readonly string[]): void {
    this.owner.onTrailers(fields);
  }

  onMoreToCome(): void {
    this.owner.onMoreToCome();
    if (this.head !== undefined && !this.isPaused) this.owner.service.bodyDeadlines.add(this);
  }

  onEnd(nowMs: number): void {
    this.connection = undefined;
    this.endAttempt(this.answered(this.head?.status ?? 200, nowMs), nowMs);
    this.owner.onEnd(nowMs);
  }

  onSwitched(socket: StreamSocket, leftover: Uint8Array | undefined): void {
    this.connection = undefined;
    if (this.head !== undefined && this.owner.onSwitched(this.head, socket, leftover)) return;
    socket.terminate();
    this.failed("protocol", "101 that was not asked for, or no valid handshake");
  }

  onBroken(reason: FailureReason, fault: string): void {
    const isStale =
      reason === "reset" && this.connection?.answers !== 0 && this.connection?.hasAnswered === false;
    this.connection = undefined;
    if (isStale && !this.resentAsStale && this.owner.canResend) {
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
    if (!this.owner.bodyIsWhole) this.owner.onWritable();
    else if (this.head === undefined) this.awaitAnswer();
  }

  /** A wait was too long: for a connection, for the answer, or for more of it. */
  expire(): void {
    if (this.connection === undefined) {
      this.pool(this.current()).withdraw(this);
      this.busy("waited too long for a connection");
      return;
    }
    if (this.isTryTimed && this.head === undefined) {
      // Where nobody else is to be asked it has as long as it would have had alone.
      this.isTryTimed = false;
      if (!this.owner.onSlow(this)) this.owner.service.responseDeadlines.add(this);
      return;
    }
    this.connection.abort();
    this.connection = undefined;
    this.failed("timeout", this.head === undefined ? "no answer in time" : "the answer came to a halt");
  }

  private awaitAnswer(): void {
    const { answerDeadlines, service } = this.owner;
    this.isTryTimed = answerDeadlines !== service.responseDeadlines;
    answerDeadlines.add(this, this.choiceAtMs);
  }

  private failed(reason: FailureReason, fault: string): void {
    this.endAttempt({ kind: "failed", reason, sent: true });
    this.owner.onFailed(this, reason, fault);
  }

  private busy(fault: string): void {
    this.endAttempt({ kind: "cancelled" });
    this.owner.onBusy(this, fault);
  }

  private leaveTarget(): void {
    if (this.connection === undefined) this.pool(this.current()).withdraw(this);
    else this.connection.abort();
    this.connection = undefined;
  }

  private endAttempt(outcome: Outcome, nowMs = this.owner.service.clock.now()): void {
    const attempt = this.current();
    this.attempt = undefined;
    this.deadline.cancel(this);
    if (this.trace !== undefined) endAttemptTrace(this.trace, outcome, nowMs);
    this.owner.service.end(attempt, outcome, nowMs);
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
    return this.owner.service.poolOf(attempt.target);
  }

  private current(): Attempt {
    if (this.attempt === undefined) throw new Error("an attempt that is over was used");
    return this.attempt;
  }
}
