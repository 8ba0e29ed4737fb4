import type { Scheduler } from "./scheduler.ts";

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

/** For tests: time stands still until {@link runUntil}, which runs every task on its way. */
export class VirtualScheduler implements Scheduler {
  private nowMs = 0;
  private readonly tasks = new Set<Task>();

  /** `latenessMs` is drawn for every task: how much too late its timer fires. */
  constructor(
    private readonly latenessMs: () => number = () => 0,
    readonly granularityMs = 0,
  ) {}

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { dueMs: this.nowMs + Math.max(0, delayMs) + this.latenessMs(), run: task };
    this.tasks.add(entry);
    return () => this.tasks.delete(entry);
  }

  runUntil(endMs: number): void {
    for (let task = this.earliest(); task !== undefined && task.dueMs <= endMs; task = this.earliest()) {
      this.tasks.delete(task);
      this.nowMs = task.dueMs;
      task.run();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  private earliest(): Task | undefined {
    let first: Task | undefined;
    for (const task of this.tasks) {
      if (first === undefined || task.dueMs < first.dueMs) first = task;
    }
    return first;
  }
}
