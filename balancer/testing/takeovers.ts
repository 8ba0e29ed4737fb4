import { existsSync } from "node:fs";
import type { BalancerProcess } from "./balancer-process.ts";
import { until } from "./until.ts";

/** A process has to start, and to find its targets. */
const startMs = 15_000;

/** For tests: one process after another that takes the place of the first. */
export class Takeovers {
  private latest: number;

  /** `ready`: what each of them says once it serves. */
  constructor(
    private readonly first: BalancerProcess,
    private readonly ready: string,
  ) {
    this.latest = first.pid;
  }

  /** Has another take over, and waits until it serves. */
  async next(): Promise<void> {
    const before = this.readyCount();
    process.kill(this.latest, "SIGUSR2");
    await until("the next process serves", () => this.readyCount() > before, startMs);
    this.latest = this.successors().at(-1) ?? this.latest;
  }

  /** Resolves when all but the last one have ended. */
  async settled(): Promise<void> {
    const all = () => [this.first.pid, ...this.successors()];
    await until("only the last one runs", () => all().filter(isRunning).join() === `${this.latest}`, startMs);
  }

  /** Ends those that came after the first. */
  stop(): void {
    for (const pid of this.successors()) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  }

  private successors(): number[] {
    return [...this.first.stderr.matchAll(/process (\d+) starts/g)].map(([, pid]) => Number(pid));
  }

  private readyCount(): number {
    return this.first.stdout.split(this.ready).length - 1;
  }
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
