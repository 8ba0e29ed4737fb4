import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntilHealthy } from "../bench/lab/health.ts";
import { type ManagedProcess, startProcess } from "../bench/lab/process.ts";

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

/** It could not be started; the message is for the user. */
export class CannotStart extends Error {}

/** The programs of a demo, each a process of its own on 127.0.0.1; all of them end with it. */
export class Programs {
  /** What runs, in the order of its start. */
  readonly running: Program[] = [];
  private readonly processes: ManagedProcess[] = [];

  private constructor(
    private readonly directory: string,
    private readonly signal: AbortSignal,
  ) {
    // The last resort for an exit that nobody waited for.
    process.on("exit", this.killAll);
  }

  /** Runs `start` with programs to start; when that throws, all that it has started is ended. `signal` gives up meanwhile. */
  static async start<Demo>(
    signal: AbortSignal,
    start: (programs: Programs) => Promise<Demo>,
  ): Promise<{ readonly demo: Demo; readonly programs: Programs }> {
    const programs = new Programs(await mkdtemp(join(tmpdir(), "ballast-demo-")), signal);
    // Whoever waits for a line of a program hears at once that it has ended.
    signal.addEventListener("abort", programs.killAll, { once: true });
    try {
      return { demo: await start(programs), programs };
    } catch (error) {
      await programs.stop();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", programs.killAll);
    }
  }

  /** A backend in whatever role; on a free port unless `options` say otherwise. */
  async backend(id: string, options: Readonly<Record<string, string>> = {}): Promise<Program> {
    const flags = { port: "0", id, ...options };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    return await this.run(id, ["backend/main.ts", ...args], /listening on (http:\/\/\S+)$/);
  }

  /** A balancer with one listener, whose status is at `/status`; back when its targets, `ids`, are healthy. */
  async balancer(name: string, config: object, ids: readonly string[]): Promise<Program> {
    const file = join(this.directory, `${name}.json`);
    await Bun.write(file, JSON.stringify(config, null, 2));
    const args = ["balancer/main.ts", "--config", file];
    const program = await this.run(name, args, /^listener \S+ on (http:\/\/\S+)$/);
    const healthy = await waitUntilHealthy(`${program.url}/status`, ids, readyTimeoutMs, this.signal);
    if (!healthy.ok) throw new CannotStart(`${name}: ${healthy.fault}`);
    return program;
  }

  /** Ends all, those first that were started last; resolves when none is left. */
  async stop(): Promise<void> {
    for (const program of this.processes.toReversed()) await program.stop(stopGraceMs);
    process.off("exit", this.killAll);
    await rm(this.directory, { recursive: true, force: true });
  }

  private async run(name: string, [file = "", ...args]: readonly string[], ready: RegExp): Promise<Program> {
    this.signal.throwIfAborted();
    const child = startProcess(name, [process.execPath, join(root, file), ...args]);
    if (!child.ok) throw new CannotStart(child.fault);
    this.processes.push(child.value);
    const line = await child.value.waitForLine(ready, readyTimeoutMs);
    if (!line.ok) throw new CannotStart(`${name} did not start: ${line.fault}`);
    const program = { name, url: line.value[1] ?? "", pid: child.value.pid };
    this.running.push(program);
    return program;
  }

  private readonly killAll = () => {
    for (const program of this.processes) program.kill();
  };
}
