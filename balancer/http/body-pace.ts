import type { Clock } from "../cluster/clock.ts";

/** Before the rate counts: a first packet may be lost, and a phone may change its cell. */
const graceMs = 10_000;

/** How fast one body comes from its client, over all the time in which it was asked for. */
export class BodyPace {
  private bytes = 0;
  private awaitedMs = 0;
  /** Undefined while nothing is asked for. */
  private sinceMs: number | undefined;

  constructor(
    private readonly clock: Clock,
    /** In bytes a second; 0 for any. */
    private readonly leastRate: number,
  ) {}

  /** The client is asked for more. */
  begin(): void {
    this.sinceMs ??= this.clock.now();
  }

  /** Nobody takes more for now, which is no fault of the client's. */
  pause(): void {
    if (this.sinceMs === undefined) return;
    this.awaitedMs += this.clock.now() - this.sinceMs;
    this.sinceMs = undefined;
  }

  /** Counts a part that has come; true when all in all it is too little. */
  isTooSlow(bytes: number): boolean {
    if (this.leastRate === 0) return false;
    this.bytes += bytes;
    const awaitedMs = this.awaitedMs + (this.sinceMs === undefined ? 0 : this.clock.now() - this.sinceMs);
    return awaitedMs > graceMs + (this.bytes / this.leastRate) * 1000;
  }
}
