/**
 * Where time comes in. Everything that waits or measures takes a `Clock`, so that tests and the
 * simulator can run the same code on a virtual one.
 */
export interface Clock {
  /** Milliseconds on a monotonic scale with an arbitrary origin; fractions are meaningful. */
  now(): number;
  /** Runs `task` once, `delayMs` from now, unless cancelled; as soon as can be where that is past. */
  after(delayMs: number, task: () => void): Timer;
}

export interface Timer {
  /** Does nothing when the task has already run. */
  cancel(): void;
}

/** What `setTimeout` can wait at the most, some 25 days: longer than that it takes for 1 ms. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's monotonic clock, counted from the start of this thread. */
export const systemClock: Clock = systemClockFrom(0);

/**
 * The machine's monotonic clock, `aheadMs` ahead of this thread's own count. Every thread counts from its own start;
 * with {@link zeroEpochMs} of two of them, taken at about the same time, one can count as the other does.
 */
export function systemClockFrom(aheadMs: number): Clock {
  return {
    now: () => performance.now() + aheadMs,
    after(delayMs, task) {
      if (delayMs > longestTimeoutMs) return afterLong(delayMs, task);
      const handle = setTimeout(task, Math.max(0, delayMs));
      return { cancel: () => clearTimeout(handle) };
    },
  };
}

/** As {@link Clock.after}, in one timeout after another. */
function afterLong(delayMs: number, task: () => void): Timer {
  let handle: ReturnType<typeof setTimeout>;
  const wait = (leftMs: number) => {
    const partMs = Math.min(leftMs, longestTimeoutMs);
    handle = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : task()), partMs);
  };
  wait(delayMs);
  return { cancel: () => clearTimeout(handle) };
}

/** The time of day at which this thread's count was 0, in ms since 1970, to within 1 ms. Jumps when the system's time is set. */
export function zeroEpochMs(): number {
  return Date.now() - performance.now();
}

/** `atMs`: of {@link systemClock} in this thread; its time of day in ISO 8601. */
export function isoTime(atMs: number): string {
  return new Date(zeroEpochMs() + atMs).toISOString();
}
