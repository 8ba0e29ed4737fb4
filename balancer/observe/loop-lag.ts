import type { Clock, Timer } from "../cluster/clock.ts";
import type { Counts } from "./counts.ts";

const periodMs = 500;
/** The worst of so many periods is told: a scrape every 15 s misses little. */
const keptPeriods = 20;

/** Watches how late timers come in this thread, which is how long what comes has to wait at worst. */
export function watchLoopLag(clock: Clock, counts: Counts): Timer {
  const lags = new Array<number>(keptPeriods).fill(0);
  let period = 0;
  let dueAtMs = clock.now() + periodMs;
  const look = () => {
    const nowMs = clock.now();
    lags[period++ % keptPeriods] = Math.max(0, nowMs - dueAtMs);
    counts.set("loopLagMs", Math.max(...lags));
    dueAtMs = nowMs + periodMs;
    timer = clock.after(periodMs, look);
  };
  let timer = clock.after(periodMs, look);
  return { cancel: () => timer.cancel() };
}
