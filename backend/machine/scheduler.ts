/** Where time comes in: the machine's in production, a virtual one in tests. */
export interface Scheduler {
  /** Milliseconds on a monotonic scale with an arbitrary origin; fractions are meaningful. */
  now(): number;
  /** Runs `task` once, about `delayMs` from now; the function it returns cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** The step of its timers in ms: a task may run up to half of it too early. */
  readonly granularityMs: number;
}

export const systemScheduler: Scheduler = {
  now: () => performance.now(),
  after(delayMs, task) {
    // setTimeout cuts fractions off; to round them makes as many timers late as early.
    const handle = setTimeout(task, Math.round(delayMs));
    return () => clearTimeout(handle);
  },
  granularityMs: 1,
};
