import { describe, expect, test } from "bun:test";
import { AdaptiveLimit } from "./adaptive-limit.ts";
import { seededRandom } from "./random.ts";
import { Target } from "./target.ts";
import { TargetRoom } from "./target-room.ts";
import { VirtualClock } from "./virtual-clock.ts";

interface Overload {
  readonly workers: number;
  readonly serviceMs: number;
  /** Arrivals as a multiple of what the workers can do. */
  readonly load: number;
  readonly seconds: number;
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
  /** Clients that have waited so long have left. */
  readonly patienceMs: number;
  readonly limit: { readonly min: number; readonly max: number };
}

/** Poisson arrivals at a server with so many workers and a queue of its own without end; the room stands before it. */
function simulate(overload: Overload) {
  const { workers, serviceMs, load, seconds, maxQueue, queueTimeoutMs, patienceMs } = overload;
  const clock = new VirtualClock();
  const random = seededRandom(3);
  const exponential = (meanMs: number) => -Math.log(1 - random()) * meanMs;
  const limit = new AdaptiveLimit(overload.limit, random);
  const room = new TargetRoom({ perTarget: Number.POSITIVE_INFINITY, inGroup: limit, maxQueue });
  const target = new Target("t", "http://t:80", 1, 0, 10_000);
  const queue: (() => void)[] = [];
  const latencies: number[] = [];
  const limits: number[] = [];
  let busy = 0;
  let refused = 0;
  const serve = (done: () => void) => {
    if (busy === workers) {
      queue.push(done);
      return;
    }
    busy++;
    // Of two exponential times, so that the service varies less than its queue does.
    clock.after((exponential(serviceMs) + exponential(serviceMs)) / 2, () => {
      busy--;
      const next = queue.shift();
      if (next !== undefined) serve(next);
      done();
    });
  };
  const arrive = () => {
    const cameAtMs = clock.now();
    const begin = () => {
      const startedAtMs = clock.now();
      room.take(target);
      serve(() => {
        const nowMs = clock.now();
        const firstByteMs = nowMs - startedAtMs;
        const outcome = { kind: "answered", status: 200, firstByteMs, completeMs: firstByteMs } as const;
        limit.observe(outcome, startedAtMs, nowMs, room.inFlight);
        room.give(target);
        if (nowMs > 5000 && nowMs - cameAtMs <= patienceMs) latencies.push(nowMs - cameAtMs);
      });
    };
    if (!room.isFull) begin();
    else {
      const waiter = {
        onRoom() {
          timer.cancel();
          begin();
          return true;
        },
      };
      const timer = clock.after(queueTimeoutMs, () => {
        room.withdraw(waiter);
        refused++;
      });
      if (!room.wait(waiter)) {
        timer.cancel();
        refused++;
      }
    }
    clock.after(exponential(serviceMs / workers / load), arrive);
  };
  arrive();
  for (let second = 0; second < seconds; second++) {
    clock.advance(1000);
    limits.push(limit.limit);
  }
  latencies.sort((a, b) => a - b);
  const perSecond = latencies.length / (seconds - 5);
  return {
    goodput: perSecond / ((workers * 1000) / serviceMs),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    refused,
    limits,
  };
}

const overload: Overload = {
  workers: 16,
  serviceMs: 10,
  load: 3,
  seconds: 70,
  maxQueue: 50,
  queueTimeoutMs: 100,
  patienceMs: 500,
  limit: { min: 5, max: 5000 },
};

describe("at three times what a group can do", () => {
  test("what is taken is served, and in good time", () => {
    const { goodput, p99Ms, refused, limits } = simulate(overload);
    expect(goodput).toBeGreaterThanOrEqual(0.9);
    expect(p99Ms).toBeLessThan(150);
    expect(refused).toBeGreaterThan(0);
    // Enough for all workers, and no great queue behind them; but for the moments in which the latency without load is measured.
    const settled = limits.slice(5).filter((each) => each > overload.limit.min);
    expect(Math.min(...settled)).toBeGreaterThanOrEqual(14);
    expect(Math.max(...settled)).toBeLessThan(60);
  });

  test("without a limit nobody is served in time", () => {
    const { goodput } = simulate({ ...overload, seconds: 30, limit: { min: 100_000, max: 100_000 } });
    expect(goodput).toBeLessThan(0.1);
  });
});

test("below what a group can do the limit is in nobody's way", () => {
  const { goodput, refused, p99Ms } = simulate({
    ...overload,
    load: 0.7,
    seconds: 70,
    maxQueue: 500,
    queueTimeoutMs: 1000,
  });
  expect(goodput).toBeGreaterThan(0.67);
  expect(refused).toBe(0);
  expect(p99Ms).toBeLessThan(60);
});

test("a group that slows down for good gets a new baseline within a minute or so", () => {
  const limit = new AdaptiveLimit({ min: 2, max: 100 }, () => 0.5);
  let nowMs = 0;
  const answer = (rttMs: number) => {
    nowMs += 10;
    const outcome = { kind: "answered", status: 200, firstByteMs: rttMs, completeMs: rttMs } as const;
    limit.observe(outcome, nowMs - 5, nowMs, limit.limit);
  };
  for (let i = 0; i < 1000; i++) answer(20);
  expect(limit.limit).toBe(100);
  for (let i = 0; i < 1000; i++) answer(200);
  expect(limit.limit).toBeLessThan(5);
  for (let i = 0; i < 7000; i++) answer(200);
  expect(limit.limit).toBe(100);
});

test("refusals and failures say nothing of the load, timeouts do", () => {
  const limit = new AdaptiveLimit({ min: 2, max: 100 }, () => 0.5);
  const observe = (outcome: Parameters<AdaptiveLimit["observe"]>[0], atMs: number) =>
    limit.observe(outcome, atMs - 20, atMs, 50);
  let atMs = 0;
  for (; atMs < 10_000; atMs += 10)
    observe({ kind: "answered", status: 200, firstByteMs: 20, completeMs: 20 }, atMs);
  const before = limit.limit;
  for (; atMs < 20_000; atMs += 10) {
    observe({ kind: "answered", status: 503, firstByteMs: 900, completeMs: 900 }, atMs);
    observe({ kind: "failed", reason: "connect", sent: false }, atMs);
  }
  expect(limit.limit).toBe(before);
  for (; atMs < 30_000; atMs += 10)
    limit.observe({ kind: "failed", reason: "timeout", sent: true }, atMs - 900, atMs, 50);
  expect(limit.limit).toBeLessThan(before / 2);
});
