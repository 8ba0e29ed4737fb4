import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withEnvironment } from "../../balancer/testing/environment.ts";
import { awsEnvironment } from "../../balancer/testing/moto.ts";
import { success } from "../../bench/outcome.ts";
import { readSettings } from "../../stacks/read-settings.ts";
import type { StackName } from "../../stacks/stack-names.ts";
import { artifacts } from "../../stacks/testing/synthesis.ts";
import { down } from "../down.ts";
import { parseOptions } from "../options.ts";
import { type UpTools, up } from "../up.ts";
import type { StandInTerraform } from "./stand-in-terraform.ts";

/** What a command said and did. */
export interface Ran {
  readonly exitCode: number;
  readonly said: string;
  /** What it printed for machines. */
  readonly printed: string;
  /** Arguments of the benchmarks that it ran. */
  readonly benched: readonly (readonly string[])[];
}

/** For tests: where the commands are typed, with stand-ins for Terraform and AWS. */
export class Desk {
  private readonly outdir = mkdtempSync(join(tmpdir(), "ballast-desk-"));
  /** Settings, as cdktf.json has them. */
  context: object = {};
  stack: StackName = "lab";
  tools: Partial<UpTools> = {};
  signal = new AbortController().signal;
  /** By the last command, as far as it has come. */
  said = "";

  constructor(
    private readonly terraform: StandInTerraform,
    private readonly awsUrl: string,
  ) {}

  up(...args: string[]): Promise<Ran> {
    return this.run(["up", ...args]);
  }

  down(...args: string[]): Promise<Ran> {
    return this.run(["down", ...args]);
  }

  stop(): void {
    rmSync(this.outdir, { recursive: true });
  }

  private async run(args: readonly string[]): Promise<Ran> {
    const options = parseOptions(args);
    const read = readSettings(this.context, {});
    if (!options.ok || options.value === "help" || !read.ok) throw new Error("expected a good command line");
    const { command } = options.value;
    this.said = "";
    const printed: string[] = [];
    const benched: (readonly string[])[] = [];
    const stream = {
      write: (text: string) => {
        this.said += text;
      },
    };
    const work = {
      settings: read.settings,
      stack: this.stack,
      outdir: this.outdir,
      stream,
      errors: stream,
      signal: this.signal,
    };
    const tools: UpTools = {
      build: async () => success(artifacts),
      ask: async () => undefined,
      bench: async (benchArgs) => {
        benched.push(benchArgs);
        return 0;
      },
      print: (text) => printed.push(text),
      ...this.tools,
    };
    const env = { ...awsEnvironment(this.awsUrl), PATH: `${this.terraform.folder}:${process.env.PATH}` };
    const { value } = options;
    const exitCode = await withEnvironment(env, () =>
      command === "up" ? up(work, value, tools) : down(work, value, tools.print, 300),
    );
    return { exitCode, said: this.said, printed: printed.join("\n"), benched };
  }
}
