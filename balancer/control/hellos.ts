import type { Clock, Timer } from "../cluster/clock.ts";
import type { ControlConfig } from "../config/control-schema.ts";

export interface HelloContext {
  readonly clock: Clock;
  /** As they are now. */
  readonly rules: Pick<ControlConfig, "hello" | "timeout">;
}

/** Who asks a server whether it is there. */
export interface HelloOwner {
  sendHello(): void;
  /** A hello has had no answer for `timeoutMs`. */
  onUnanswered(timeoutMs: number): void;
}

/** The hellos to one server: sent at an interval, and to be answered in their order. */
export class Hellos {
  /** {@link Clock.now} at which each was sent that is not answered yet. */
  private readonly sentAtMs: number[] = [];
  private next: Timer | undefined;
  /** Of the oldest that is not answered. */
  private expiry: Timer | undefined;

  constructor(
    private readonly context: HelloContext,
    private readonly owner: HelloOwner,
  ) {}

  /** Does nothing where they are sent already. */
  start(): void {
    if (this.next === undefined) this.schedule();
  }

  stop(): void {
    this.next?.cancel();
    this.expiry?.cancel();
    this.next = undefined;
    this.expiry = undefined;
    this.sentAtMs.length = 0;
  }

  /** The times of other rules hold, also for what is waited for already. */
  retime(): void {
    if (this.next === undefined) return;
    this.next.cancel();
    this.schedule();
    this.expectOldest();
  }

  /**
   * The oldest is answered; returns after how many ms. Undefined when there is none: it may have been one from before the
   * last {@link stop}.
   */
  answered(): number | undefined {
    const sentAtMs = this.sentAtMs.shift();
    if (sentAtMs === undefined) return undefined;
    this.expectOldest();
    return this.context.clock.now() - sentAtMs;
  }

  private schedule(): void {
    const { clock, rules } = this.context;
    this.next = clock.after(rules.hello, () => {
      this.schedule();
      this.sentAtMs.push(clock.now());
      if (this.expiry === undefined) this.expect(rules.timeout);
      this.owner.sendHello();
    });
  }

  private expectOldest(): void {
    const { clock, rules } = this.context;
    this.expiry?.cancel();
    this.expiry = undefined;
    const [oldestMs] = this.sentAtMs;
    if (oldestMs !== undefined) this.expect(oldestMs + rules.timeout - clock.now());
  }

  private expect(withinMs: number): void {
    const { clock, rules } = this.context;
    this.expiry = clock.after(withinMs, () => this.owner.onUnanswered(rules.timeout));
  }
}
