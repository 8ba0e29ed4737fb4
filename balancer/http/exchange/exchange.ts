import type { Attempt, FailureReason } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";
import type { RequestTrace } from "../../observe/tracing/request-trace.ts";
import type { Deadlines } from "../../transport/deadlines.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { Service } from "../service/service.ts";
import type { AttemptOwner } from "./attempt-owner.ts";
import type { ClientSide } from "./client-side.ts";
import type { ForwardRequest } from "./forward-request.ts";
import { FurtherAttempts } from "./further-attempts.ts";
import { noTarget, type Refusal } from "./refusals.ts";
import { UpstreamRequest } from "./upstream-request.ts";

/**
 * One request of a client and its answer: has a target chosen and asked, and hands the answer on. What else may be tried is
 * for its {@link FurtherAttempts}. When it is over the next request may begin: a connection that asks ten thousand times
 * makes one object.
 */
export class Exchange implements AttemptOwner {
  startedAtMs = 0;
  /** Attempts begun. */
  attempts = 0;
  /** Of those, such that no target has seen anything of. */
  unseen = 0;
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
  /** All attempts go by it, one after the other, but for the hedged one. */
  readonly first = new UpstreamRequest(this);
  private further: FurtherAttempts | undefined;
  /** Whose answer the client gets. */
  private answering: UpstreamRequest | undefined;
  private isOpen = false;
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
    this.unseen = 0;
    this.bytesSent = 0;
    this.bytesReceived = 0;
    this.firstByteMs = undefined;
    this.target = undefined;
    this.trace = undefined;
    this.fault = undefined;
    this.answering = undefined;
    this.further?.reset();
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
      this.furtherAttempts().waitOrRefuse(noTarget(service));
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
    this.further?.cancel();
    this.request.body?.cancel();
    if (this.first.isOpen) this.first.cancel();
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

  /** Whether the request may be sent again that a target may have seen. */
  get mayRetry(): boolean {
    return this.canResend && this.attempts - this.unseen < this.service.retry.attempts;
  }

  get answerDeadlines(): Deadlines {
    const { tryDeadlines, responseDeadlines } = this.service;
    return tryDeadlines !== undefined && this.mayRetry ? tryDeadlines : responseDeadlines;
  }

  onSent(): void {
    const { body } = this.request;
    if (body === undefined || this.bodyStarted) return;
    this.bodyStarted = true;
    body.start(this);
  }

  onInterim(from: UpstreamRequest, head: ResponseHead): void {
    // Of two attempts nobody knows yet whose answer they announce.
    if (this.further?.otherThan(from) === undefined) this.client.interim(head);
  }

  onHead(from: UpstreamRequest, head: ResponseHead, nowMs: number): void {
    const isUnwanted = this.service.retry.statuses?.has(head.status) === true;
    if (isUnwanted && this.furtherAttempts().replaceAnswer(from, head, nowMs)) return;
    this.answering = from;
    this.firstByteMs = from.firstByteMs;
    this.target = from.target;
    this.further?.settle(from);
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

  onSwitched(head: ResponseHead, socket: StreamSocket, leftover: Uint8Array | undefined): boolean {
    return this.client.switchTo(head, socket, leftover);
  }

  onWritable(): void {
    this.request.body?.resume();
  }

  onSlow(from: UpstreamRequest): boolean {
    return this.furtherAttempts().replaceSlow(from);
  }

  onFailed(from: UpstreamRequest, reason: FailureReason, fault: string): void {
    this.fault = `${reason}: ${fault}`;
    if (this.isBegun) {
      this.isOpen = false;
      this.client.breakOff();
    } else {
      this.furtherAttempts().afterFailure(from, reason);
    }
  }

  onUnreachable(from: UpstreamRequest, fault: string, isTimeout: boolean): void {
    this.fault = `connect: ${fault}`;
    this.furtherAttempts().afterUnreachable(from, isTimeout);
  }

  onBusy(from: UpstreamRequest, fault: string): void {
    this.fault = fault;
    this.furtherAttempts().afterBusy(from);
  }

  /** For {@link FurtherAttempts} too: sends the request by `upstream` to the target that was chosen. */
  send(upstream: UpstreamRequest, attempt: Attempt): void {
    const { hedging } = this.service;
    this.attempts++;
    this.target = attempt.target;
    if (hedging !== undefined && this.attempts === 1)
      hedging.deadlinesFor(this.request)?.add(this.furtherAttempts(), attempt.startedAtMs);
    upstream.begin(attempt);
  }

  /** For {@link FurtherAttempts}: no target is asked any more. */
  refuse(refusal: Refusal): void {
    this.isOpen = false;
    this.further?.stop();
    this.request.body?.cancel();
    this.client.refuse(refusal);
  }

  private furtherAttempts(): FurtherAttempts {
    this.further ??= new FurtherAttempts(this);
    return this.further;
  }
}
