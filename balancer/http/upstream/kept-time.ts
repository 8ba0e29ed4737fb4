/** What was seen is believed for this long, and as many times itself. */
const believedMs = 10_000;
const believedTimes = 4;
/** What passes between the target's clock and ours at the least. */
const marginMs = 1;

/**
 * How long a target keeps connections that nobody uses, by those that it has closed. Many servers don't say so in
 * `Keep-Alive`, and a request that is sent just as they close is lost where it can't be sent again.
 */
export class KeptTime {
  private shortestMs = Number.POSITIVE_INFINITY;
  private believedUntilMs = 0;

  /** Whether the target was ever seen to close one. */
  get isNoted(): boolean {
    return this.believedUntilMs > 0;
  }

  /** The target has closed a connection `idleMs` after the last answer on it. */
  note(idleMs: number, nowMs: number): void {
    if (idleMs > this.shortestMs && nowMs < this.believedUntilMs) return;
    this.shortestMs = idleMs;
    this.believedUntilMs = nowMs + believedMs + believedTimes * idleMs;
  }

  /** Whether the target may be about to close a connection that has been idle for so long. */
  mayEnd(idleMs: number, nowMs: number): boolean {
    // Half of it: clocks, queues and the way there differ by more than any fixed margin that suits all.
    return idleMs + marginMs >= this.shortestMs / 2 && nowMs < this.believedUntilMs;
  }
}
