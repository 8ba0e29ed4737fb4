/**
 * Where time comes in. Everything that waits or measures takes a `Clock`, so that tests and the
 * simulator can run the same code on a virtual one.
 */
export interface Clock {
  /** Milliseconds on a monotonic scale with an arbitrary origin; fractions are meaningful. */
  now(): number;
  /** Runs `task` once, `delayMs` from now, unless cancelled. */
  after(delayMs: number, task: () => void): Timer;
}

export interface Timer {
  /** Does nothing when the task has already run. */
  cancel(): void;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, task) {
    const handle = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
