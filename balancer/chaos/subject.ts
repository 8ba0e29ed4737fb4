import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { residentBytes } from "../../bench/peers/cpu-time.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { until } from "../testing/until.ts";

const reloadedWithinMs = 10_000;
const replacedWithinMs = 20_000;

/** What a process holds. */
export interface ProcessUse {
  readonly openFiles: number;
  readonly residentMegabytes: number;
}

/** A balancer whose config changes, and whose program is replaced, while it serves. */
export class ChangingBalancer {
  private constructor(
    private readonly first: BalancerProcess,
    private pid: number,
  ) {}

  static async start(config: object): Promise<ChangingBalancer> {
    const { balancer } = await BalancerProcess.serve(config);
    return new ChangingBalancer(balancer, balancer.pid);
  }

  /** What its processes have said, the first to the last. */
  get log(): string {
    return this.first.stderr;
  }

  get use(): ProcessUse {
    return {
      openFiles: readdirSync(`/proc/${this.pid}/fd`).length,
      residentMegabytes: residentBytes(this.pid) / 1_000_000,
    };
  }

  /** Resolves when the config is in force. */
  async reload(config: object): Promise<void> {
    const before = this.reloads();
    const file = join(this.first.directory, "lb.json");
    writeFileSync(`${file}.new`, JSON.stringify(config));
    renameSync(`${file}.new`, file);
    process.kill(this.pid, "SIGHUP");
    await until("the config is in force", () => this.reloads() > before, reloadedWithinMs);
  }

  /** Resolves when another process serves alone, and the one before has ended. */
  async replace(): Promise<void> {
    const former = this.pid;
    const known = this.successors().length;
    process.kill(former, "SIGUSR2");
    this.pid = await until("there is another process", () => this.successors()[known], replacedWithinMs);
    await until("the former process has ended", () => !isRunning(former), replacedWithinMs);
  }

  async stop(): Promise<void> {
    for (const pid of this.successors()) if (isRunning(pid)) process.kill(pid, "SIGKILL");
    await this.first.stop();
  }

  private reloads(): number {
    return this.log.split("the new config is in force").length;
  }

  private successors(): number[] {
    return [...this.log.matchAll(/takeover: process (\d+) starts/g)].map(([, pid]) => Number(pid));
  }
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
