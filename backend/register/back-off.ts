import type { Random } from "../machine/random.ts";

const firstMs = 250;
const longestMs = 10_000;
/** Never at once: what fails at once would be tried without end. */
const shortestMs = 50;

/**
 * How long to wait before the next try: twice as long at most after each failure, and any time up to that, so that
 * all who have lost the same balancer don't come back in the same moment (Brooker, "Exponential Backoff And Jitter", 2015).
 */
export function backOffMs(failuresInRow: number, random: Random): number {
  const mostMs = Math.min(longestMs, firstMs * 2 ** failuresInRow);
  return shortestMs + random() * (mostMs - shortestMs);
}
