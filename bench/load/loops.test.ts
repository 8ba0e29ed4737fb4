import { expect, test } from "bun:test";
import type { Clock } from "../../balancer/cluster/clock.ts";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { closedLoop, openLoop } from "./loops.ts";

const never = new AbortController().signal;

/** A clock that jumps from timer to timer; `lateMs` is how late every timer fires. */
function virtualClock(lateMs = 0) {
  const timers: { atMs: number; task: () => void }[] = [];
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    after(delayMs, task) {
      const timer = { atMs: nowMs + delayMs + lateMs, task };
      timers.push(timer);
      timers.sort((a, b) => a.atMs - b.atMs);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const run = () => {
    for (let timer = timers.shift(); timer !== undefined; timer = timers.shift()) {
      nowMs = timer.atMs;
      timer.task();
    }
  };
  return { clock, run };
}

test("the closed loop keeps exactly its concurrency going", async () => {
  const { clock, run } = virtualClock();
  let sent = 0;
  let pending = 0;
  let mostPending = 0;
  const finished = closedLoop(
    { concurrency: 7, requests: 100, durationMs: undefined },
    clock,
    (_intendedAtMs, ended) => {
      sent++;
      mostPending = Math.max(mostPending, ++pending);
      clock.after(1 + (sent % 5), () => {
        pending--;
        ended();
      });
    },
    never,
  );
  run();
  await finished;
  expect({ sent, mostPending, pending }).toEqual({ sent: 100, mostPending: 7, pending: 0 });
});

test("the closed loop starts nothing after its duration", async () => {
  const { clock, run } = virtualClock();
  const starts: number[] = [];
  const finished = closedLoop(
    { concurrency: 2, requests: undefined, durationMs: 100 },
    clock,
    (intendedAtMs, ended) => {
      starts.push(intendedAtMs);
      clock.after(10, ended);
    },
    never,
  );
  run();
  await finished;
  expect(starts).toHaveLength(20);
  expect(Math.max(...starts)).toBe(90);
});

function openStarts(lateMs: number, seed: number): { intended: number[]; sentAt: number[] } {
  const { clock, run } = virtualClock(lateMs);
  const intended: number[] = [];
  const sentAt: number[] = [];
  void openLoop(
    { ratePerSecond: 1000, durationMs: 10_000 },
    clock,
    seededRandom(seed),
    (intendedAtMs) => {
      intended.push(intendedAtMs);
      sentAt.push(clock.now());
    },
    never,
  );
  run();
  return { intended, sentAt };
}

test("the open loop's arrivals are Poisson: exponential gaps of the asked mean", () => {
  const { intended } = openStarts(0, 42);
  // The count of a Poisson process of 10 000 has a standard deviation of 100.
  expect(Math.abs(intended.length - 10_000)).toBeLessThan(400);
  const gaps = intended.slice(1).map((atMs, index) => atMs - (intended[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const overMean = gaps.filter((gap) => gap > mean).length / gaps.length;
  expect(overMean).toBeCloseTo(Math.exp(-1), 1);
});

test("late timers delay the sending, not the intended starts, and lose none", () => {
  const onTime = openStarts(0, 7);
  const late = openStarts(25, 7);
  expect(late.intended).toEqual(onTime.intended);
  expect(late.sentAt.some((atMs, index) => atMs - (late.intended[index] ?? 0) > 20)).toBe(true);
});

test("the open loop does not wait for answers", () => {
  // Nothing is ever answered here, and yet everything has been sent.
  expect(openStarts(0, 1).intended.length).toBeGreaterThan(9_000);
});
