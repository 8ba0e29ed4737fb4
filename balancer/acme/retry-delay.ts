import type { Random } from "../cluster/random.ts";

const minuteMs = 60_000;

/** Let's Encrypt takes five failures of a name in an hour; whoever goes on after them is failing for longer. */
const delaysMs = [1, 5, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * minuteMs);

/** Longer by up to this share: many that failed together don't come back together. */
const jitter = 0.2;

/** How long to wait after so many failures in a row, from 1; at least as long as the authority asked for. */
export function retryDelayMs(failures: number, askedForMs: number, random: Random): number {
  const delayMs = delaysMs[Math.min(failures, delaysMs.length) - 1] ?? minuteMs;
  return Math.max(delayMs, askedForMs) * (1 + jitter * random());
}
