import type { Clock } from "../../balancer/cluster/clock.ts";
import { LatencyEstimate } from "../../balancer/cluster/latency.ts";
import type { Random } from "../../balancer/cluster/random.ts";
import type { Scenario } from "./scenario.ts";
import { drawServiceTime } from "./service-time.ts";

/** What a server makes of a request. */
export type Reply =
  | { readonly kind: "answered"; readonly status: number }
  | { readonly kind: "refused" | "reset" };

/** What a server is like; as in a scenario. */
export type ServerModel = Omit<Scenario["clusters"][number], "name" | "servers">;

interface Job {
  /** In mean service times. */
  readonly work: number;
  readonly arrivedAtMs: number;
  /** Requests at the server on arrival, itself included. */
  readonly inSystem: number;
  done: ((reply: Reply) => void) | undefined;
}

/** Time for a refusal or an error to be on its way. */
const promptMs = 0.5;
const recentMs = 1000;

/** A FIFO queue before some workers. */
export class SimServer {
  /** Service takes so many times as long for what is begun from now on. */
  slowdown = 1;
  /** Answers this share of the requests with this status instead of working. */
  failing: { readonly status: number; readonly share: number } | undefined;
  private isDown = false;
  private queue: Job[] = [];
  private queueHead = 0;
  private readonly running = new Set<Job>();
  private busyMs = 0;
  private busyUpdatedAtMs = 0;
  private readonly recent = new LatencyEstimate(recentMs);

  constructor(
    readonly id: string,
    private readonly model: ServerModel,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  get workers(): number {
    return this.model.workers;
  }

  get meanMs(): number {
    return this.model.meanMs;
  }

  get weight(): number {
    return this.model.weight;
  }

  /** Requests at the server, whether waiting or worked on. */
  get inSystem(): number {
    return this.queue.length - this.queueHead + this.running.size;
  }

  /** Whether a request would be answered. */
  get works(): boolean {
    return !this.isDown && (this.failing?.share ?? 0) < 1;
  }

  /** What the server itself would expect of one more request, from its recent ones at their in-flight. */
  get expectedLatencyMs(): number {
    const { averageMs = this.meanMs, averageInFlight = 1 } = this.recent;
    return (averageMs * (this.inSystem + 1)) / averageInFlight;
  }

  /** `done` is called once, later. */
  request(done: (reply: Reply) => void): void {
    const { failing } = this;
    if (failing !== undefined && (failing.share === 1 || this.random() < failing.share))
      this.clock.after(promptMs, () => done({ kind: "answered", status: failing.status }));
    else this.work(1, done);
  }

  /** `done` is called once, later; reaches also a server that fails requests. `amount`: in mean service times. */
  probe(amount: number, done: (reply: Reply) => void): void {
    this.work(amount * this.model.probeSlowness, done);
  }

  private work(amount: number, done: (reply: Reply) => void): void {
    if (this.isDown) {
      this.clock.after(promptMs, () => done({ kind: "refused" }));
      return;
    }
    this.queue.push({ work: amount, arrivedAtMs: this.clock.now(), inSystem: this.inSystem + 1, done });
    this.startNext();
  }

  /** All it has is lost, and what comes is refused. */
  goDown(): void {
    this.isDown = true;
    this.countBusy();
    const lost = [...this.queue.slice(this.queueHead), ...this.running];
    this.queue = [];
    this.queueHead = 0;
    this.running.clear();
    for (const job of lost) {
      const done = job.done;
      job.done = undefined;
      done?.({ kind: "reset" });
    }
  }

  comeUp(): void {
    this.isDown = false;
  }

  /** Time that all its workers have worked so far, added up. */
  get workedMs(): number {
    this.countBusy();
    return this.busyMs;
  }

  private startNext(): void {
    if (this.running.size >= this.workers) return;
    const job = this.queue[this.queueHead];
    if (job === undefined) return;
    this.queueHead++;
    // Removing from the front one by one would make a long queue quadratic.
    if (this.queueHead > 1000 && this.queueHead * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.queueHead);
      this.queueHead = 0;
    }
    this.countBusy();
    this.running.add(job);
    const serviceMs =
      job.work * this.meanMs * this.slowdown * drawServiceTime(this.model.service, this.random);
    this.clock.after(serviceMs, () => this.finish(job));
  }

  private finish(job: Job): void {
    const done = job.done;
    if (done === undefined) return;
    this.countBusy();
    this.running.delete(job);
    const nowMs = this.clock.now();
    if (job.work === 1) this.recent.record(nowMs - job.arrivedAtMs, nowMs, job.inSystem);
    this.answer(job, done);
    this.startNext();
  }

  private answer({ work }: Job, done: (reply: Reply) => void): void {
    const late = this.model.lateAnswers;
    const reply = { kind: "answered", status: 200 } as const;
    if (late !== undefined && work === 1 && this.random() < late.share)
      this.clock.after(late.by, () => done(reply));
    else done(reply);
  }

  private countBusy(): void {
    this.busyMs += this.running.size * (this.clock.now() - this.busyUpdatedAtMs);
    this.busyUpdatedAtMs = this.clock.now();
  }
}
