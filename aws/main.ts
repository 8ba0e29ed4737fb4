/** `bun run aws up|down [stack]`: reads the command line and the settings; nothing imports this file. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { interruptible } from "../bench/commands/interrupt.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";
import { type Artifacts, buildTarget, readArtifacts } from "../stacks/artifacts.ts";
import { contextOfFile } from "../stacks/context.ts";
import { readSettings } from "../stacks/read-settings.ts";
import { exitCodes, help } from "./help.ts";
import { parseOptions } from "./options.ts";
import type { UpTools } from "./up.ts";

const root = join(import.meta.dir, "..");

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  if (!parsed.ok) {
    console.error(`aws: ${parsed.fault}; try bun run aws --help`);
    return exitCodes.notAgreed;
  }
  const options = parsed.value;
  if (options === "help") {
    process.stdout.write(help);
    return exitCodes.done;
  }
  const read = readSettings(contextOfFile(), process.env);
  if (!read.ok) {
    for (const fault of read.faults) console.error(`aws: ${fault}`);
    return exitCodes.notBegun;
  }
  const { command, json } = options;
  const { settings } = read;
  const stack = options.stack ?? (settings.stack === "all" ? "lab" : settings.stack);
  // The local state's path is relative to where this runs.
  process.chdir(root);
  const stream = json ? process.stderr : process.stdout;
  return await interruptible(async (signal) => {
    signal.addEventListener("abort", () => stream.write("\ninterrupted: what has begun is finished first\n"));
    const outdir = join(root, "cdktf.out");
    const work = { settings, stack, outdir, stream, errors: process.stderr, signal };
    const tools = toolsFor(json, signal);
    // All of cdktf comes with them: help and a mistyped line are answered without.
    if (command === "down") return await (await import("./down.ts")).down(work, options, tools.print);
    return await (await import("./up.ts")).up(work, options, tools);
  });
}

function toolsFor(json: boolean, signal: AbortSignal): UpTools {
  return {
    build,
    ask: (question) => ask(question, signal),
    bench: (args) => bench(args, json, signal),
    print: (text) => process.stdout.write(`${text}\n`),
  };
}

async function build(): Promise<Outcome<Artifacts>> {
  const directory = join(root, "dist");
  const { buildExecutables } = await import("../scripts/build.ts");
  await buildExecutables(buildTarget, directory);
  const read = readArtifacts(directory);
  return read.ok ? success(read.artifacts) : failure(read.fault);
}

async function ask(question: string, signal: AbortSignal): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, terminal: false });
  const answer = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
    signal.addEventListener("abort", () => lines.close(), { once: true });
  });
  lines.close();
  signal.throwIfAborted();
  return /^y(es)?$/i.test(answer.trim());
}

async function bench(args: readonly string[], json: boolean, signal: AbortSignal): Promise<number> {
  const child = Bun.spawn([process.execPath, join(root, "bench", "main.ts"), ...args], {
    cwd: root,
    // Standard output is the outputs' alone when they are asked for as JSON.
    stdio: ["ignore", json ? 2 : "inherit", "inherit"],
  });
  signal.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
  return await child.exited;
}

process.exitCode = await main(process.argv.slice(2));
