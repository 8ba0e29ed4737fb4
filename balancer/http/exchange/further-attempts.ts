import type { Attempt, FailureReason } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";
import type { RoomWaiter } from "../../cluster/target-room.ts";
import { Deadline, type Expiring } from "../../transport/deadlines.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { Exchange } from "./exchange.ts";
import { broken, busy, type Refusal, slow, unreachable } from "./refusals.ts";
import { UpstreamRequest } from "./upstream-request.ts";

/**
 * The attempts of an exchange besides its first: whether there may be another one, where, and when. An exchange makes it when
 * it needs it, as the usual one never does.
 */
export class FurtherAttempts implements RoomWaiter, Expiring {
  /** Of the wait for room, or for the time to hedge. */
  readonly deadline = new Deadline();
  /** Targets that are not asked again. */
  private tried: Target[] | undefined;
  /** One out of service was asked too: each may cost the time to connect, so there is no second. */
  private hasPanicked = false;
  private isWaiting = false;
  /** Made when it is needed for the first time. */
  private hedged: UpstreamRequest | undefined;

  constructor(private readonly exchange: Exchange) {}

  /** The exchange is another request's. */
  reset(): void {
    this.tried = undefined;
    this.hasPanicked = false;
  }

  /** Waits for nothing any more. */
  stop(): void {
    this.deadline.cancel(this);
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.exchange.service.room?.withdraw(this);
  }

  /** The client is gone. */
  cancel(): void {
    this.stop();
    if (this.hedged?.isOpen === true) this.hedged.cancel();
  }

  /** `winner` has answered: nobody waits for the other any more. */
  settle(winner: UpstreamRequest): void {
    this.deadline.cancel(this);
    const other = this.otherThan(winner);
    if (other === undefined) return;
    if (winner === this.hedged) this.exchange.service.counts.add("hedgesWon");
    other.cancel();
  }

  /** The attempt under way besides `from`. */
  otherThan(from: UpstreamRequest): UpstreamRequest | undefined {
    const other = from === this.exchange.first ? this.hedged : this.exchange.first;
    return other?.isOpen === true ? other : undefined;
  }

  /** No target is to be had: waits where that is for want of room. */
  waitOrRefuse(refusal: Refusal): void {
    const { exchange } = this;
    const { room, queueDeadlines } = exchange.service;
    if (room?.isWorthWaiting(this.tried) !== true) {
      exchange.refuse(refusal);
    } else if (room.wait(this)) {
      this.isWaiting = true;
      queueDeadlines.add(this);
    } else {
      exchange.fault = "queue full";
      exchange.refuse(busy);
    }
  }

  onRoom(): boolean {
    const { exchange } = this;
    const { service } = exchange;
    const attempt = service.begin(exchange.request, this.tried);
    if (attempt === undefined) return false;
    this.isWaiting = false;
    this.deadline.cancel(this);
    if (exchange.attempts > 0) service.budget.take();
    exchange.send(exchange.first, attempt);
    // A target whose connections are all taken has it wait for another one: then it keeps its place.
    return !this.isWaiting;
  }

  /** No room was found in time, or no answer has come so soon as most do. */
  expire(): void {
    if (!this.isWaiting) {
      this.hedge();
      return;
    }
    this.isWaiting = false;
    this.exchange.service.room?.giveUp(this);
    this.exchange.fault = "waited too long for a target with room";
    this.exchange.refuse(busy);
  }

  /** Asks another target instead of handing on the answer that begins; false when the answer is as good as any. */
  replaceAnswer(from: UpstreamRequest, head: ResponseHead, nowMs: number): boolean {
    const isAlone = this.otherThan(from) === undefined;
    if (isAlone && !this.exchange.mayRetry) return false;
    const attempt = isAlone ? this.beginAnother(from) : undefined;
    if (isAlone && attempt === undefined) return false;
    this.avoid(from);
    this.exchange.fault = `status ${head.status}`;
    from.dismiss(nowMs);
    if (attempt !== undefined) this.exchange.send(from, attempt);
    return true;
  }

  /** Asks another target instead of waiting on for this one; false where that can't be. */
  replaceSlow(from: UpstreamRequest): boolean {
    if (this.otherThan(from) !== undefined || !this.exchange.mayRetry) return false;
    const attempt = this.beginAnother(from);
    if (attempt === undefined) return false;
    this.exchange.fault = "timeout: no answer in time";
    from.giveUp();
    this.exchange.send(from, attempt);
    return true;
  }

  /** As {@link AttemptOwner.onFailed}, while the client has nothing of an answer. */
  afterFailure(from: UpstreamRequest, reason: FailureReason): void {
    const mayRetry = this.exchange.service.retry.reasons.has(reason) && this.exchange.mayRetry;
    this.goOn(from, reason === "timeout" ? slow : broken(reason), mayRetry);
  }

  /** As {@link AttemptOwner.onUnreachable}. */
  afterUnreachable(from: UpstreamRequest, isTimeout: boolean): void {
    const { service } = this.exchange;
    // Nothing was sent: every other target may be tried, whatever the method.
    this.exchange.unseen++;
    this.goOn(from, unreachable(service, isTimeout), service.retry.reasons.has("connect"));
  }

  /** As {@link AttemptOwner.onBusy}. */
  afterBusy(from: UpstreamRequest): void {
    const { exchange } = this;
    this.exchange.unseen++;
    this.avoid(from);
    if (this.otherThan(from) !== undefined) return;
    // No target has been bothered, so this takes nothing from the budget.
    const attempt = exchange.service.begin(exchange.request, this.tried);
    if (attempt === undefined) this.waitOrRefuse(busy);
    else exchange.send(from, attempt);
  }

  /** Asks a second target, since the first is slower than most; it goes on waiting for that one too. */
  private hedge(): void {
    const { exchange } = this;
    if (!exchange.first.isOpen) return;
    const attempt = this.beginAnother(exchange.first);
    if (attempt === undefined) return;
    exchange.service.counts.add("hedges");
    this.hedged ??= new UpstreamRequest(exchange);
    exchange.send(this.hedged, attempt);
  }

  /** Begins an attempt at another target than that of `from`, if the budget and the room allow it. */
  private beginAnother(from: UpstreamRequest): Attempt | undefined {
    const { service, request } = this.exchange;
    if (!service.mayTryAgain()) return undefined;
    this.avoid(from);
    const attempt = service.begin(request, this.tried);
    if (attempt !== undefined) service.budget.take();
    return attempt;
  }

  /** An attempt has ended without an answer: on to the next target, where there is one and it may be asked. */
  private goOn(from: UpstreamRequest, refusal: Refusal, mayTryAgain: boolean): void {
    const { exchange } = this;
    const { service } = exchange;
    this.avoid(from);
    if (this.otherThan(from) !== undefined) return;
    if (!mayTryAgain || !service.mayTryAgain()) {
      exchange.refuse(refusal);
      return;
    }
    const attempt = service.begin(exchange.request, this.tried) ?? this.beginInPanic();
    if (attempt === undefined) {
      this.waitOrRefuse(refusal);
      return;
    }
    service.budget.take();
    exchange.send(from, attempt);
  }

  private beginInPanic(): Attempt | undefined {
    if (this.hasPanicked) return undefined;
    this.hasPanicked = true;
    return this.exchange.service.beginInPanic(this.exchange.request, this.tried);
  }

  private avoid({ target }: UpstreamRequest): void {
    if (target === undefined || this.tried?.includes(target) === true) return;
    if (this.tried === undefined) this.tried = [target];
    else this.tried.push(target);
  }
}
