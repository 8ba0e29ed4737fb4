import type { Scheduler } from "./scheduler.ts";

interface Job {
  readonly workMs: number;
  readonly done: () => void;
  readonly arrivedAtMs: number;
  state: "waiting" | "taken" | "left";
  next: Job | undefined;
}

interface Worker {
  job: Job | undefined;
  startedAtMs: number;
  /** When its job ends; with no job, when its last one ended. */
  freeAtMs: number;
}

/** A place in the queue. */
export interface Place {
  /** Gives up the place, so that `done` never runs; without effect once a worker has taken the job. */
  leave(): void;
}

/**
 * A first-in first-out queue before `c` equal workers, each with one job at a time (G/G/c). It keeps
 * its own time: a job starts when its worker became free, not when a timer noticed. So a late or rounded
 * timer delays an answer but never costs capacity.
 */
export class WorkQueue {
  private readonly workers: readonly Worker[];
  private first: Job | undefined;
  private last: Job | undefined;
  private endedJobsMs = 0;
  private cancelTimer: (() => void) | undefined;
  private timerDueMs = Number.POSITIVE_INFINITY;

  /** `slowdownAt` tells by what factor a job that starts at that time takes longer. */
  constructor(
    workers: number,
    private readonly scheduler: Scheduler,
    private readonly slowdownAt: (startMs: number) => number = () => 1,
  ) {
    this.workers = Array.from({ length: workers }, () => ({
      job: undefined,
      startedAtMs: 0,
      freeAtMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** Queues a job that keeps a worker busy for `workMs`; `done` runs once, at its end. */
  enter(workMs: number, done: () => void): Place {
    const nowMs = this.scheduler.now();
    this.advance(nowMs);
    const job: Job = { workMs, done, arrivedAtMs: nowMs, state: "waiting", next: undefined };
    if (this.last === undefined) this.first = job;
    else this.last.next = job;
    this.last = job;
    const idle = this.earliestFree((worker) => worker.job === undefined);
    if (idle !== undefined) this.takeNext(idle);
    this.setTimer();
    return {
      leave: () => {
        if (job.state === "waiting") job.state = "left";
      },
    };
  }

  /** Time that all workers together have spent on jobs so far, in ms. */
  busyMs(): number {
    const nowMs = this.scheduler.now();
    let busyMs = this.endedJobsMs;
    for (const worker of this.workers) {
      if (worker.job === undefined) continue;
      busyMs += Math.max(0, Math.min(nowMs, worker.freeAtMs) - worker.startedAtMs);
    }
    return busyMs;
  }

  /** Ends and starts, in the order of their own time, all jobs that end or start until now. */
  private advance(nowMs: number): void {
    const dueMs = nowMs + this.scheduler.granularityMs / 2;
    for (;;) {
      const worker = this.earliestFree((candidate) => candidate.job !== undefined);
      const job = worker?.job;
      if (worker === undefined || job === undefined || worker.freeAtMs > dueMs) return;
      worker.job = undefined;
      this.endedJobsMs += worker.freeAtMs - worker.startedAtMs;
      this.takeNext(worker);
      job.done();
    }
  }

  private takeNext(worker: Worker): void {
    while (this.first?.state === "left") this.first = this.first.next;
    const job = this.first;
    if (job !== undefined) {
      this.first = job.next;
      job.state = "taken";
      worker.job = job;
      worker.startedAtMs = Math.max(job.arrivedAtMs, worker.freeAtMs);
      worker.freeAtMs = worker.startedAtMs + job.workMs * this.slowdownAt(worker.startedAtMs);
    }
    if (this.first === undefined) this.last = undefined;
  }

  private earliestFree(eligible: (worker: Worker) => boolean): Worker | undefined {
    let earliest: Worker | undefined;
    for (const worker of this.workers) {
      if (!eligible(worker)) continue;
      if (earliest === undefined || worker.freeAtMs < earliest.freeAtMs) earliest = worker;
    }
    return earliest;
  }

  private setTimer(): void {
    const dueMs =
      this.earliestFree((worker) => worker.job !== undefined)?.freeAtMs ?? Number.POSITIVE_INFINITY;
    // Most jobs that come find all workers busy, and change nothing here.
    if (dueMs === this.timerDueMs) return;
    this.cancelTimer?.();
    this.timerDueMs = dueMs;
    this.cancelTimer = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const nowMs = this.scheduler.now();
    this.cancelTimer = this.scheduler.after(Math.max(0, dueMs - nowMs), () => {
      this.timerDueMs = Number.POSITIVE_INFINITY;
      this.cancelTimer = undefined;
      this.advance(this.scheduler.now());
      this.setTimer();
    });
  }
}
