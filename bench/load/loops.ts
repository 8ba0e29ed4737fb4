import type { Clock } from "../../balancer/cluster/clock.ts";
import type { Random } from "../../balancer/cluster/random.ts";
import type { ClosedShape, OpenShape } from "./plan.ts";

/** Sends one request and calls `ended` once, later. */
export type Send = (intendedAtMs: number, ended: () => void) => void;

/** Keeps `concurrency` requests going; resolves when the last one has ended. */
export function closedLoop(
  shape: Omit<ClosedShape, "kind">,
  clock: Clock,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const startMs = clock.now();
    const endMs = startMs + (shape.durationMs ?? Number.POSITIVE_INFINITY);
    let left = shape.requests ?? Number.POSITIVE_INFINITY;
    let pending = 0;
    const next = (intendedAtMs: number) => {
      left--;
      pending++;
      send(intendedAtMs, () => {
        pending--;
        const nowMs = clock.now();
        if (left > 0 && nowMs < endMs && !signal.aborted) next(nowMs);
        else if (pending === 0) resolve();
      });
    };
    const first = Math.min(shape.concurrency, left);
    for (let index = 0; index < first; index++) next(startMs);
  });
}

/**
 * Sends at Poisson arrivals of the given mean, each counted from the moment it was due; resolves
 * when the last one has ended. A timer is late by a millisecond or so: each tick sends all that
 * have become due since the one before.
 */
export function openLoop(
  shape: Pick<OpenShape, "ratePerSecond" | "durationMs">,
  clock: Clock,
  random: Random,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const startMs = clock.now();
    const endMs = startMs + shape.durationMs;
    const gapMs = () => (-Math.log(1 - random()) * 1000) / shape.ratePerSecond;
    let dueMs = startMs + gapMs();
    let pending = 0;
    let sentAll = false;
    const ended = () => {
      pending--;
      if (sentAll && pending === 0) resolve();
    };
    const tick = () => {
      const nowMs = clock.now();
      while (dueMs <= nowMs && dueMs < endMs && !signal.aborted) {
        pending++;
        send(dueMs, ended);
        dueMs += gapMs();
      }
      if (dueMs < endMs && !signal.aborted) {
        clock.after(Math.max(1, dueMs - nowMs), tick);
        return;
      }
      sentAll = true;
      if (pending === 0) resolve();
    };
    tick();
  });
}
