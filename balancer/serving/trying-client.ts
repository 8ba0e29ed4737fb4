import type { Clock, Timer } from "../cluster/clock.ts";
import type { Target } from "../cluster/target.ts";
import type { ClientSide } from "../http/exchange/client-side.ts";
import type { Exchange } from "../http/exchange/exchange.ts";
import type { Refusal } from "../http/exchange/refusals.ts";
import type { ResponseHead } from "../http/message/response-head.ts";
import type { Service } from "../http/service/service.ts";
import type { Candidate, TryAnswer } from "../observe/try-messages.ts";
import type { StreamSocket } from "../transport/stream-socket.ts";

/** So much of an answer is shown, and waited for so long from its head on: it may be a stream without end. */
const maxContentBytes = 16_384;
const maxContentMs = 2000;

/**
 * The client of a request that an operator tries: keeps the answer's beginning, and leaves when there is more to come.
 */
export class TryingClient implements ClientSide {
  exchange: Exchange | undefined;
  private readonly parts: Buffer[] = [];
  private keptBytes = 0;
  private isCut = false;
  private timer: Timer | undefined;
  private head: ResponseHead | undefined;
  private decision: { readonly service: Service; readonly candidates: readonly Candidate[] } | undefined;
  private outcome: Pick<TryAnswer, "status" | "fields" | "content" | "durationMs"> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly resolve: (answer: TryAnswer) => void,
  ) {}

  /** Who was chosen among whom; it may have been answered already. */
  decided(service: Service, candidates: readonly Candidate[]): void {
    this.decision = { service, candidates };
    this.tell();
  }

  interim(): void {}

  begin(head: ResponseHead): void {
    this.head = head;
    this.timer = this.clock.after(maxContentMs, () => this.cut());
  }

  write(bytes: Uint8Array, from: number, to: number): boolean {
    const kept = Math.min(to - from, maxContentBytes - this.keptBytes);
    if (kept > 0) this.parts.push(Buffer.from(bytes.subarray(from, from + kept)));
    this.keptBytes += kept;
    if (kept < to - from) this.cut();
    return !this.isCut;
  }

  flush(): void {}

  trailers(): void {}

  end(nowMs: number): void {
    this.over(this.head?.status ?? 200, this.content, nowMs);
  }

  breakOff(): void {
    this.over(this.head?.status ?? 502, "the target broke off its answer", this.clock.now());
  }

  refuse({ status, reason }: Refusal): void {
    this.over(status, reason, this.clock.now());
  }

  /** Nobody asked for another protocol. */
  switchTo(_head: ResponseHead, _socket: StreamSocket): boolean {
    return false;
  }

  private get content(): string {
    return Buffer.concat(this.parts).toString("utf8");
  }

  /** Leaves in the middle of the answer. */
  private cut(): void {
    this.isCut = true;
    this.over(this.head?.status ?? 200, this.content, this.clock.now());
    this.exchange?.cancel();
  }

  private over(status: number, content: string, nowMs: number): void {
    this.timer?.cancel();
    const durationMs = nowMs - (this.exchange?.startedAtMs ?? nowMs);
    this.outcome = { status, fields: this.head?.fields ?? [], content, durationMs };
    this.tell();
  }

  private tell(): void {
    const { decision, outcome, exchange } = this;
    if (decision === undefined || outcome === undefined) return;
    const { service, candidates } = decision;
    this.resolve({
      group: service.group.name,
      policy: service.config.policy.name,
      candidates,
      attempts: exchange?.attempts ?? 0,
      ...targetOf(this.head === undefined ? undefined : exchange?.target),
      ...outcome,
      isCut: this.isCut,
    });
  }
}

/** Only who has answered. */
function targetOf(target: Target | undefined): { readonly target?: string } {
  return target === undefined ? {} : { target: target.id };
}
