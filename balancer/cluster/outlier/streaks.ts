import type { Outcome } from "../attempt.ts";
import { ejectionCauses, type StreakCause, type StreakLimits } from "./rules.ts";

/** Three counts in one Int32, so that a good answer ends all rows at once, and looks at one number to see that there are none. */
const bits = 10;
/** Longer rows count no further; limits stay below. */
const most = 2 ** bits - 1;

/** From the most to the least particular: the first that is long enough is the cause. */
const causes = ejectionCauses.slice(0, 3) as readonly StreakCause[];

/** The counts after one more failure. What broke here is taken for a 502 or 504, as Envoy does by default. */
export function streaksAfter(streaks: number, failure: Outcome): number {
  const isLocal = failure.kind === "failed";
  const status = failure.kind === "answered" ? failure.status : 0;
  const isGateway = isLocal || (status >= 502 && status <= 504);
  return (isLocal ? oneMore(streaks, 0) : 0) | (isGateway ? oneMore(streaks, 1) : 0) | oneMore(streaks, 2);
}

/** Which row is long enough. */
export function reachedLimit(streaks: number, limits: StreakLimits): StreakCause | undefined {
  return causes.find((cause, index) => limits[cause] > 0 && countAt(streaks, index) >= limits[cause]);
}

/** Rows that one more failure makes long enough. */
export function streaksOnTrial(limits: StreakLimits): number {
  return causes.reduce((sum, cause, index) => sum | (Math.max(0, limits[cause] - 1) << (bits * index)), 0);
}

function countAt(streaks: number, index: number): number {
  return (streaks >>> (bits * index)) & most;
}

function oneMore(streaks: number, index: number): number {
  return Math.min(most, countAt(streaks, index) + 1) << (bits * index);
}
