import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntilHealthy } from "../bench/lab/health.ts";
import { type ManagedProcess, startProcess } from "../bench/lab/process.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";

const root = join(import.meta.dir, "..");
const readyTimeoutMs = 15_000;
const stopGraceMs = 3000;

/** One that runs and listens. */
export interface Program {
  readonly name: string;
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly pid: number;
}

/** The programs of a demo, each a process of its own on 127.0.0.1; all of them end with it. */
export class Programs {
  /** What runs, in the order of its start. */
  readonly running: Program[] = [];
  private readonly processes: ManagedProcess[] = [];
  private isStopped = false;

  private constructor(
    private readonly directory: string,
    private readonly signal: AbortSignal,
  ) {
    // The last resort for an exit that nobody waited for.
    process.on("exit", this.killAll);
  }

  /**
   * Runs `start` with programs to start; when that comes to nothing, all that it has started is ended. `signal` gives up
   * meanwhile: then it rejects with the signal's reason.
   */
  static async start<Demo>(
    signal: AbortSignal,
    start: (programs: Programs) => Promise<Outcome<Demo>>,
  ): Promise<Outcome<Demo>> {
    const programs = new Programs(await mkdtemp(join(tmpdir(), "ballast-demo-")), signal);
    // Whoever waits for a line of a program hears at once that it has ended.
    signal.addEventListener("abort", programs.killAll, { once: true });
    let isRunning = false;
    try {
      const demo = await start(programs);
      signal.throwIfAborted();
      isRunning = demo.ok;
      return demo;
    } finally {
      signal.removeEventListener("abort", programs.killAll);
      if (!isRunning) await programs.stop();
    }
  }

  /** A backend in whatever role; on a free port unless `options` say otherwise. */
  async backend(id: string, options: Readonly<Record<string, string>> = {}): Promise<Outcome<Program>> {
    const flags = { port: "0", id, ...options };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    return await this.run(id, ["backend/main.ts", ...args], /listening on (http:\/\/\S+)$/);
  }

  /** A balancer with one listener, whose status is at `/status`; back when its targets, `ids`, are healthy. */
  async balancer(name: string, config: object, ids: readonly string[]): Promise<Outcome<Program>> {
    const file = join(this.directory, `${name}.json`);
    await Bun.write(file, JSON.stringify(config, null, 2));
    const args = ["balancer/main.ts", "--config", file];
    const program = await this.run(name, args, /^listener \S+ on (http:\/\/\S+)$/);
    if (!program.ok) return program;
    const statusUrl = `${program.value.url}/status`;
    const healthy = await waitUntilHealthy(statusUrl, ids, readyTimeoutMs, this.signal);
    return healthy.ok ? program : failure(`${name}: ${healthy.fault}`);
  }

  /** Ends all, those first that were started last; resolves when none is left. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const program of this.processes.toReversed()) await program.stop(stopGraceMs);
    process.off("exit", this.killAll);
    await rm(this.directory, { recursive: true, force: true });
  }

  private async run(
    name: string,
    [file = "", ...args]: readonly string[],
    ready: RegExp,
  ): Promise<Outcome<Program>> {
    // One of several that start at the same time may have failed.
    if (this.isStopped) return failure(`${name} was not started`);
    const child = startProcess(name, [process.execPath, join(root, file), ...args]);
    if (!child.ok) return child;
    this.processes.push(child.value);
    const line = await child.value.waitForLine(ready, readyTimeoutMs);
    if (!line.ok) return failure(`${name} did not start: ${line.fault}`);
    const program = { name, url: line.value[1] ?? "", pid: child.value.pid };
    this.running.push(program);
    return success(program);
  }

  private readonly killAll = () => {
    for (const program of this.processes) program.kill();
  };
}

/** All that start at the same time, or the fault of the first of them that did not. */
export async function together(
  starting: readonly Promise<Outcome<Program>>[],
): Promise<Outcome<readonly Program[]>> {
  const programs: Program[] = [];
  for (const outcome of await Promise.all(starting)) {
    if (!outcome.ok) return outcome;
    programs.push(outcome.value);
  }
  return success(programs);
}
