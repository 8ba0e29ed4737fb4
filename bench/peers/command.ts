import { resolve } from "node:path";
import { compiledPrograms } from "../commands/compiled-programs.ts";
import { interruptible } from "../commands/interrupt.ts";
import { runCommand } from "../commands/run-command.ts";
import { help } from "./help.ts";
import { holds, verdicts } from "./limits.ts";
import { measure } from "./measure.ts";
import { type PeersOptions, parsePeersOptions } from "./options.ts";
import { withPinnedBench } from "./pinned-bench.ts";
import { isSound } from "./results.ts";
import { renderPeersText } from "./text.ts";
import { writePeersReport } from "./write.ts";

const failed = 1;

/** `bun run bench peers`: resolves to the exit code. */
export async function runPeers(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run bench peers", help }, parsePeersOptions(args), compare);
}

async function compare(options: PeersOptions): Promise<number> {
  const unfit = await faultOfMachine(options);
  if (unfit !== undefined) {
    console.error(unfit);
    return failed;
  }
  return await interruptible((signal) => run(options, signal));
}

/** What keeps the measurement from being made here at all. */
async function faultOfMachine({ generator, balancer }: PeersOptions): Promise<string | undefined> {
  if (process.platform !== "linux")
    return `found ${process.platform}, expected linux: CPU times come from /proc, cores from taskset`;
  if (generator === "wrk" && Bun.which("wrk") === null)
    return "--generator wrk: wrk was not found; install it, or leave the option out";
  if (balancer !== undefined && !(await Bun.file(balancer).exists()))
    return `--balancer: found no file ${balancer}, expected a compiled balancer`;
  return undefined;
}

async function run(options: PeersOptions, signal: AbortSignal): Promise<number> {
  // Standard output is the result's alone when that is asked for as JSON.
  const stream = options.json ? process.stderr : process.stdout;
  const say = (line: string) => void stream.write(`${line}\n`);
  const balancer = resolve(options.balancer ?? compiledPrograms.balancer);
  const measured = await withPinnedBench({ signal, say }, (context) => measure(options, balancer, context));
  if (!measured.ok) {
    console.error(measured.fault);
    return failed;
  }
  const result = measured.value;
  say(`\n${renderPeersText(result)}\n`);
  say(`report: ${(await writePeersReport(options.out, result)).join(", ")}`);
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  const missed = options.check && !verdicts(result).every(holds);
  return isSound(result) && !missed ? 0 : failed;
}
