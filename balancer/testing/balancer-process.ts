import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** The balancer's command: from its source. */
const sourceCommand = [process.execPath, join(import.meta.dir, "..", "main.ts")];

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** It waits for the first targets of its groups, and the machine may be busy. */
const startMs = 15_000;

/** Variables beside this process's own. */
export type Environment = Readonly<Record<string, string>>;

/** For tests: the balancer as a process of its own, with a directory for its files. */
export class BalancerProcess {
  stdout = "";
  stderr = "";
  readonly exited: Promise<Finished>;
  private readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;

  private constructor(
    command: readonly string[],
    /** Where its files stand. */
    readonly directory: string,
    env: Environment,
  ) {
    this.child = Bun.spawn([...command], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const output = this.gather(this.child.stdout, (text) => {
      this.stdout += text;
    });
    const messages = this.gather(this.child.stderr, (text) => {
      this.stderr += text;
    });
    this.exited = Promise.all([this.child.exited, output, messages]).then(([exitCode]) => ({
      exitCode,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Starts with the arguments; `files` stand in its working directory. `executable` instead of the source. */
  static start(
    args: readonly string[],
    files: Readonly<Record<string, string>> = {},
    executable?: string,
    env: Environment = {},
  ): BalancerProcess {
    const directory = mkdtempSync(join(tmpdir(), "ballast-test-"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const command = executable === undefined ? sourceCommand : [executable];
    return new BalancerProcess([...command, ...args], directory, env);
  }

  /** Starts with the config and waits for its first listener; returns its port too. */
  static async serve(
    config: object,
    executable?: string,
    env: Environment = {},
  ): Promise<{ balancer: BalancerProcess; port: number }> {
    const files = { "lb.json": JSON.stringify(config) };
    const balancer = BalancerProcess.start(["--config", "lb.json"], files, executable, env);
    const port = await until("the listener is up", () => /:(\d+)\n/.exec(balancer.stdout)?.[1], startMs);
    return { balancer, port: Number(port) };
  }

  get pid(): number {
    return this.child.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it, however it is, and takes its files away. */
  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async gather(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const part of stream) take(decoder.decode(part, { stream: true }));
  }
}
