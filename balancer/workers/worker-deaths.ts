/** A worker that dies so soon after the last one with its number is replaced only after a pause. */
const quickMs = 10_000;
const pauseMs = 1000;

/** When which worker has died: one that can't live is not to keep the machine busy with its replacements. */
export class WorkerDeaths {
  private readonly lastAtMs = new Map<number, number>();

  /** Counts a death; returns how long the place is to stay empty, in ms. */
  count(number: number, nowMs: number): number {
    const lastAtMs = this.lastAtMs.get(number) ?? Number.NEGATIVE_INFINITY;
    this.lastAtMs.set(number, nowMs);
    return nowMs - lastAtMs < quickMs ? pauseMs : 0;
  }
}
