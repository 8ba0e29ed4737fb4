import type { Socket } from "bun";
import type { Attempt, FailureReason } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";
import type { RoomWaiter } from "../../cluster/target-room.ts";
import type { RequestTrace } from "../../observe/tracing/request-trace.ts";
import { Deadline, type Deadlines, type Expiring } from "../../transport/deadlines.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { Service } from "../service/service.ts";
import type { ClientSide, ForwardRequest, Refusal } from "./forward-request.ts";
import { broken, busy, noTarget, slow, unreachable } from "./refusals.ts";
import { type AttemptOwner, UpstreamRequest } from "./upstream-request.ts";

/**
 * One request of a client and its answer: has a target chosen and asked, hands the answer on, and asks another one
 * where that is safe. There are two attempts at once only where it is hedged. When it is over the next request may begin: a
 * connection that asks ten thousand times makes one object.
 */
export class Exchange implements AttemptOwner, RoomWaiter, Expiring {
  /** For what it does itself: the wait for room, and for the time to hedge. */
  readonly deadline = new Deadline();
  startedAtMs = 0;
  /** Attempts begun. */
  attempts = 0;
  /** Bytes of the request's body that went to targets, with their framing. */
  bytesSent = 0;
  /** Content bytes of the answer. */
  bytesReceived = 0;
  /** From the answering attempt's beginning to its answer; undefined when there is none. */
  firstByteMs: number | undefined;
  /** The last target tried, or the one that has answered. */
  target: Target | undefined;
  /** Undefined where nothing is traced. */
  trace: RequestTrace | undefined;
  /** What went wrong last, for the log. */
  fault: string | undefined;
  bodyIsWhole: boolean;
  private readonly first = new UpstreamRequest(this);
  /** Made when it is needed for the first time. */
  private hedged: UpstreamRequest | undefined;
  /** Whose answer the client gets. */
  private answering: UpstreamRequest | undefined;
  /** Only once something has failed: the usual request makes no list. */
  private tried: Target[] | undefined;
  /** Attempts at targets that may have seen the request. */
  private counted = 0;
  private isOpen = false;
  private isWaiting = false;
  private bodyStarted = false;
  /** The client has the answer's head. */
  private isBegun = false;

  /** {@link start} comes next. */
  constructor(
    public service: Service,
    public request: ForwardRequest,
    private readonly client: ClientSide,
  ) {
    this.bodyIsWhole = request.body === undefined;
  }

  /** Makes it another request's; the one before is over. */
  reuse(service: Service, request: ForwardRequest): void {
    if (this.isOpen) throw new Error("an exchange that is not over was used for another request");
    this.service = service;
    this.request = request;
    this.attempts = 0;
    this.bytesSent = 0;
    this.bytesReceived = 0;
    this.firstByteMs = undefined;
    this.target = undefined;
    this.trace = undefined;
    this.fault = undefined;
    this.answering = undefined;
    this.tried = undefined;
    this.counted = 0;
    this.bodyStarted = false;
    this.bodyIsWhole = request.body === undefined;
    this.isBegun = false;
  }

  /** Chooses a target and sends the request to it. */
  start(): void {
    const { service, request } = this;
    this.isOpen = true;
    const attempt = service.begin(request, undefined);
    this.startedAtMs = attempt?.startedAtMs ?? service.clock.now();
    service.budget.count(this.startedAtMs);
    if (attempt === undefined) {
      this.waitOrRefuse(noTarget(service));
      return;
    }
    this.send(this.first, attempt);
  }

  /** A `Set-Cookie` value for the client, when the target that answers is not that of its session. */
  get newSession(): string | undefined {
    const { sticky } = this.service;
    if (sticky === undefined || this.target === undefined) return undefined;
    return sticky.cookieFor(this.target, this.request.session);
  }

  /** The client is gone. Does nothing once the exchange is over. */
  cancel(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.stopWaiting();
    this.request.body?.cancel();
    if (this.first.isOpen) this.first.cancel();
    if (this.hedged?.isOpen === true) this.hedged.cancel();
  }

  /** The client takes more of the answer again. */
  resume(): void {
    this.answering?.resume();
  }

  /** A part of the request's body, in the framing its head announced; false when it has to wait. */
  sendBody(bytes: Uint8Array | string): boolean {
    this.bytesSent += bytes.length;
    return this.first.sendBody(bytes);
  }

  /** The request's body is whole. */
  endBody(): void {
    this.bodyIsWhole = true;
    this.first.endBody();
  }

  /** The client's body is not to be had whole: no target can make sense of the request. */
  breakBody(refusal: Refusal): void {
    if (!this.isOpen) return;
    this.cancel();
    if (this.isBegun) this.client.breakOff();
    else this.client.refuse(refusal);
  }

  /** The tunnel that {@link ClientSide.switchTo} opened is closed. */
  endTunnel(): void {
    this.isOpen = false;
    this.answering?.endTunnel();
  }

  get canResend(): boolean {
    return !this.bodyStarted && this.service.retry.methods.has(this.request.method);
  }

  get answerDeadlines(): Deadlines {
    const { tryDeadlines, responseDeadlines } = this.service;
    return tryDeadlines !== undefined && this.mayRetry() ? tryDeadlines : responseDeadlines;
  }

  onRoom(): boolean {
    const attempt = this.service.begin(this.request, this.tried);
    if (attempt === undefined) return false;
    this.isWaiting = false;
    this.deadline.cancel(this);
    if (this.attempts > 0) this.service.budget.take();
    this.send(this.first, attempt);
    return true;
  }

  /** No room was found in time, or no answer has come so soon as most do. */
  expire(): void {
    if (!this.isWaiting) {
      this.hedge();
      return;
    }
    this.isWaiting = false;
    this.service.room?.giveUp(this);
    this.fault = "waited too long for a target with room";
    this.refuse(busy);
  }

  onSent(): void {
    const { body } = this.request;
    if (body === undefined || this.bodyStarted) return;
    this.bodyStarted = true;
    body.start(this);
  }

  onInterim(from: UpstreamRequest, head: ResponseHead): void {
    // Of two attempts nobody knows yet whose answer they announce.
    if (this.otherThan(from) === undefined) this.client.interim(head);
  }

  onHead(from: UpstreamRequest, head: ResponseHead, nowMs: number): void {
    if (this.service.retry.statuses?.has(head.status) === true && this.replaceAnswer(from, head, nowMs))
      return;
    this.answering = from;
    this.firstByteMs = from.firstByteMs;
    this.target = from.target;
    if (this.deadline.list !== undefined) this.deadline.cancel(this);
    if (this.attempts > 1) this.settle(from);
    if (head.status === 101 || from.target === undefined) return;
    this.isBegun = true;
    this.client.begin(head, from.target);
  }

  onBody(bytes: Uint8Array, from: number, to: number): boolean {
    this.bytesReceived += to - from;
    return this.client.write(bytes, from, to);
  }

  onTrailers(fields: readonly string[]): void {
    this.client.trailers(fields);
  }

  onMoreToCome(): void {
    this.client.flush();
  }

  onEnd(nowMs: number): void {
    this.isOpen = false;
    if (!this.bodyIsWhole) this.request.body?.cancel();
    this.client.end(nowMs);
  }

  onSwitched(head: ResponseHead, socket: Socket<SocketEvents>, leftover: Uint8Array | undefined): boolean {
    return this.client.switchTo(head, socket, leftover);
  }

  onWritable(): void {
    this.request.body?.resume();
  }

  onSlow(from: UpstreamRequest): boolean {
    if (this.otherThan(from) !== undefined || !this.mayRetry()) return false;
    const attempt = this.beginAnother(from);
    if (attempt === undefined) return false;
    this.fault = "timeout: no answer in time";
    from.giveUp();
    this.send(from, attempt);
    return true;
  }

  onFailed(from: UpstreamRequest, reason: FailureReason, fault: string): void {
    this.fault = `${reason}: ${fault}`;
    if (this.isBegun) {
      this.isOpen = false;
      this.client.breakOff();
    } else {
      const mayRetry = this.service.retry.reasons.has(reason) && this.mayRetry();
      this.goOn(from, reason === "timeout" ? slow : broken(reason), mayRetry);
    }
  }

  onUnreachable(from: UpstreamRequest, fault: string, isTimeout: boolean): void {
    this.fault = `connect: ${fault}`;
    // Nothing was sent: every other target may be tried, whatever the method.
    this.counted--;
    this.goOn(from, unreachable(this.service, isTimeout), this.service.retry.reasons.has("connect"));
  }

  onBusy(from: UpstreamRequest, fault: string): void {
    this.fault = fault;
    this.counted--;
    this.avoid(from);
    if (this.otherThan(from) !== undefined) return;
    // No target has been bothered, so this takes nothing from the budget.
    const attempt = this.service.begin(this.request, this.tried);
    if (attempt === undefined) this.waitOrRefuse(busy);
    else this.send(from, attempt);
  }

  private send(upstream: UpstreamRequest, attempt: Attempt): void {
    const { service, request } = this;
    this.attempts++;
    this.counted++;
    this.target = attempt.target;
    if (service.hedging !== undefined && this.attempts === 1)
      service.hedging.deadlinesFor(request)?.add(this, attempt.startedAtMs);
    upstream.begin(attempt);
  }

  /** Asks a second target, since the first is slower than most; it goes on waiting for that one too. */
  private hedge(): void {
    const { first } = this;
    if (!first.isOpen || this.answering !== undefined || this.bodyStarted) return;
    const attempt = this.beginAnother(first);
    if (attempt === undefined) return;
    this.service.counts.add("hedges");
    this.hedged ??= new UpstreamRequest(this);
    this.send(this.hedged, attempt);
  }

  /** `winner` has answered: nobody waits for the other any more. */
  private settle(winner: UpstreamRequest): void {
    const other = this.otherThan(winner);
    if (other === undefined) return;
    if (winner === this.hedged) this.service.counts.add("hedgesWon");
    other.cancel();
  }

  /** Asks another target instead of handing on the answer that begins; false when the answer is as good as any. */
  private replaceAnswer(from: UpstreamRequest, head: ResponseHead, nowMs: number): boolean {
    const isAlone = this.otherThan(from) === undefined;
    if (isAlone && !this.mayRetry()) return false;
    const attempt = isAlone ? this.beginAnother(from) : undefined;
    if (isAlone && attempt === undefined) return false;
    this.avoid(from);
    this.fault = `status ${head.status}`;
    from.dismiss(nowMs);
    if (attempt !== undefined) this.send(from, attempt);
    return true;
  }

  /** Whether the request may be sent again that a target may have seen. */
  private mayRetry(): boolean {
    return this.counted < this.service.retry.attempts && this.canResend;
  }

  /** Begins an attempt at another target than that of `from`, if the budget and the room allow it. */
  private beginAnother(from: UpstreamRequest): Attempt | undefined {
    const { service } = this;
    if (!service.mayTryAgain()) return undefined;
    this.avoid(from);
    const attempt = service.begin(this.request, this.tried);
    if (attempt !== undefined) service.budget.take();
    return attempt;
  }

  /** An attempt has ended without an answer: on to the next target, where there is one and it may be asked. */
  private goOn(from: UpstreamRequest, refusal: Refusal, mayTryAgain: boolean): void {
    this.avoid(from);
    if (this.otherThan(from) !== undefined) return;
    if (!mayTryAgain || !this.service.mayTryAgain()) {
      this.refuse(refusal);
      return;
    }
    const attempt = this.service.begin(this.request, this.tried);
    if (attempt === undefined) {
      this.waitOrRefuse(refusal);
      return;
    }
    this.service.budget.take();
    this.send(from, attempt);
  }

  private avoid({ target }: UpstreamRequest): void {
    if (target === undefined || this.tried?.includes(target) === true) return;
    if (this.tried === undefined) this.tried = [target];
    else this.tried.push(target);
  }

  /** The attempt under way besides `from`. */
  private otherThan(from: UpstreamRequest): UpstreamRequest | undefined {
    const other = from === this.first ? this.hedged : this.first;
    return other?.isOpen === true ? other : undefined;
  }

  /** No target is to be had: waits where that is for want of room. */
  private waitOrRefuse(refusal: Refusal): void {
    const { room, queueDeadlines } = this.service;
    if (room?.isWorthWaiting(this.tried) !== true) {
      this.refuse(refusal);
    } else if (room.wait(this)) {
      this.isWaiting = true;
      queueDeadlines.add(this);
    } else {
      this.fault = "queue full";
      this.refuse(busy);
    }
  }

  private stopWaiting(): void {
    this.deadline.cancel(this);
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.service.room?.withdraw(this);
  }

  private refuse(refusal: Refusal): void {
    this.isOpen = false;
    this.deadline.cancel(this);
    this.request.body?.cancel();
    this.client.refuse(refusal);
  }
}
