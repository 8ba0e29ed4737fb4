import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { seededRandom } from "./random.ts";
import { VirtualScheduler } from "./virtual-scheduler.ts";
import { WorkQueue } from "./work-queue.ts";

interface Arrival {
  readonly atMs: number;
  readonly workMs: number;
}

/** Ends of all jobs by the recursion of Kiefer and Wolfowitz: each goes to the worker that is free first. */
function expectedEnds(workers: number, arrivals: readonly Arrival[]): number[] {
  const freeAtMs = new Array<number>(workers).fill(0);
  return arrivals.map(({ atMs, workMs }) => {
    freeAtMs.sort((a, b) => a - b);
    const endMs = Math.max(atMs, freeAtMs[0] ?? 0) + workMs;
    freeAtMs[0] = endMs;
    return endMs;
  });
}

/** Lets the jobs arrive at their times and gives the time at which each was done. */
function run(workers: number, arrivals: readonly Arrival[], scheduler = new VirtualScheduler()): number[] {
  const queue = new WorkQueue(workers, scheduler);
  const endsMs: number[] = [];
  for (const [index, { atMs, workMs }] of arrivals.entries()) {
    scheduler.runUntil(atMs);
    queue.enter(workMs, () => {
      endsMs[index] = scheduler.now();
    });
  }
  scheduler.runUntil(1e9);
  return endsMs;
}

// Whole milliseconds keep the sums exact, so that equal means equal.
const arrivalsInOrder = fc
  .array(fc.record({ gapMs: fc.nat(20), workMs: fc.nat(50) }), { maxLength: 60 })
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ gapMs, workMs }) => {
      atMs += gapMs;
      return { atMs, workMs };
    });
  });
const workerCount = fc.integer({ min: 1, max: 5 });

describe("WorkQueue", () => {
  test("ends every job when a G/G/c queue does", () => {
    fc.assert(
      fc.property(workerCount, arrivalsInOrder, (workers, arrivals) => {
        expect(run(workers, arrivals)).toEqual(expectedEnds(workers, arrivals));
      }),
    );
  });

  test("timers that are late never add up", () => {
    const latestMs = 5;
    fc.assert(
      fc.property(workerCount, arrivalsInOrder, fc.integer(), (workers, arrivals, seed) => {
        const random = seededRandom(seed);
        const endsMs = run(workers, arrivals, new VirtualScheduler(() => Math.floor(random() * latestMs)));
        for (const [index, idealMs] of expectedEnds(workers, arrivals).entries()) {
          expect(endsMs[index]).toBeGreaterThanOrEqual(idealMs);
          expect(endsMs[index]).toBeLessThan(idealMs + latestMs);
        }
      }),
    );
  });

  test("ends what is due within half a step of the timers, and no more, in its own time", () => {
    const scheduler = new VirtualScheduler(() => 0, 1);
    const queue = new WorkQueue(3, scheduler);
    const endsMs: number[] = [];
    for (const workMs of [10, 10.5, 10.75, 5, 5.75]) queue.enter(workMs, () => endsMs.push(scheduler.now()));
    scheduler.runUntil(100);
    expect(endsMs).toEqual([10, 10, 10.75, 15, 16.25]);
  });

  test("who leaves while waiting takes nobody's time; the rest run as if it had never come", () => {
    const scheduler = new VirtualScheduler();
    const queue = new WorkQueue(1, scheduler);
    const done: string[] = [];
    const enter = (name: string) => queue.enter(10, () => done.push(`${name}@${scheduler.now()}`));
    enter("a");
    const b = enter("b");
    enter("c");
    const d = enter("d");
    b.leave();
    d.leave();
    scheduler.runUntil(20);
    enter("e");
    scheduler.runUntil(100);
    expect(done).toEqual(["a@10", "c@20", "e@30"]);
  });

  test("who leaves while being served still keeps the worker busy to the end", () => {
    const scheduler = new VirtualScheduler();
    const queue = new WorkQueue(1, scheduler);
    const done: string[] = [];
    const first = queue.enter(10, () => done.push(`first@${scheduler.now()}`));
    queue.enter(10, () => done.push(`second@${scheduler.now()}`));
    scheduler.runUntil(5);
    first.leave();
    scheduler.runUntil(100);
    expect(done).toEqual(["first@10", "second@20"]);
  });

  test("a job entered from another's end waits its turn", () => {
    const scheduler = new VirtualScheduler();
    const queue = new WorkQueue(1, scheduler);
    const done: string[] = [];
    queue.enter(10, () => {
      done.push(`a@${scheduler.now()}`);
      queue.enter(5, () => done.push(`c@${scheduler.now()}`));
    });
    queue.enter(10, () => done.push(`b@${scheduler.now()}`));
    scheduler.runUntil(100);
    expect(done).toEqual(["a@10", "b@20", "c@25"]);
  });

  test("a job takes longer by the slowdown at its start", () => {
    const scheduler = new VirtualScheduler();
    const queue = new WorkQueue(1, scheduler, (startMs) => (startMs < 10 ? 3 : 1));
    const endsMs: number[] = [];
    queue.enter(5, () => endsMs.push(scheduler.now()));
    queue.enter(5, () => endsMs.push(scheduler.now()));
    scheduler.runUntil(100);
    expect(endsMs).toEqual([15, 20]);
  });

  test("counts the time its workers are busy, jobs that still run included", () => {
    const scheduler = new VirtualScheduler();
    const queue = new WorkQueue(2, scheduler);
    scheduler.runUntil(100);
    queue.enter(10, () => {});
    queue.enter(30, () => {});
    scheduler.runUntil(105);
    expect(queue.busyMs()).toBe(10);
    scheduler.runUntil(120);
    expect(queue.busyMs()).toBe(30);
    scheduler.runUntil(500);
    expect(queue.busyMs()).toBe(40);
  });
});
