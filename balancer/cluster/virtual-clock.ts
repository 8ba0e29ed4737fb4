import type { Clock, Timer } from "./clock.ts";

interface Scheduled extends Timer {
  readonly dueMs: number;
  /** Order of scheduling, so that tasks due at the same time run in the order they were asked for. */
  readonly order: number;
  task: (() => void) | undefined;
}

/** A clock that moves only when it is told to, for tests and the simulator. Starts at 0. */
export class VirtualClock implements Clock {
  private nowMs = 0;
  private scheduledCount = 0;
  /** Binary min-heap on due time and order. */
  private readonly heap: Scheduled[] = [];

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const entry: Scheduled = {
      dueMs: this.nowMs + Math.max(0, delayMs),
      order: this.scheduledCount++,
      task,
      cancel() {
        this.task = undefined;
      },
    };
    this.push(entry);
    return entry;
  }

  /** Moves on by `ms`, running what falls due on the way, also what those tasks schedule. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.heap[0]; next !== undefined && next.dueMs <= untilMs; next = this.heap[0])
      this.step();
    this.nowMs = untilMs;
  }

  /** Runs tasks, each at its time, until none is left; endless when a task always schedules another. */
  run(): void {
    while (this.heap.length > 0) this.step();
  }

  private step(): void {
    const entry = this.pop();
    const task = entry?.task;
    if (entry === undefined || task === undefined) return;
    this.nowMs = entry.dueMs;
    entry.task = undefined;
    task();
  }

  private push(entry: Scheduled): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  private pop(): Scheduled | undefined {
    const { heap } = this;
    const first = heap[0];
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const rightFirst = right !== undefined && isBefore(right, left);
      const child = rightFirst ? right : left;
      if (isBefore(moved, child)) break;
      heap[index] = child;
      index = 2 * index + (rightFirst ? 2 : 1);
    }
    heap[index] = moved;
    return first;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
