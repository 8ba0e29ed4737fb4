import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compiledPrograms } from "../commands/compiled-programs.ts";
import { interruptible } from "../commands/interrupt.ts";
import { runCommand } from "../commands/run-command.ts";
import { withPinnedBench } from "../peers/pinned-bench.ts";
import { renderHtml } from "../report/html-page.ts";
import { textTable } from "../report/terminal.ts";
import { measureSteady, openConnections } from "./measure.ts";
import { parseSteadyOptions, type SteadyOptions, steadyCommand } from "./options.ts";
import { describeLatency, steadyColumns, steadyDocument, steadyRows } from "./page.ts";
import { latencyVerdict, steadyFaults } from "./verdict.ts";

const p99Ratio = 1.5;

/** `bun run bench steady`: resolves to the exit code. */
export async function runSteady(args: readonly string[]): Promise<number> {
  return await runCommand(steadyCommand, parseSteadyOptions(args), load);
}

async function load(options: SteadyOptions): Promise<number> {
  return await interruptible(async (signal) => {
    const say = (line: string) => console.error(line);
    const measured = await withPinnedBench({ signal, say }, (context) =>
      measureSteady(context, compiledPrograms.balancer, options),
    );
    if (!measured.ok) {
      console.error(measured.fault);
      return 1;
    }
    const limits = { memoryMegabytes: options.limitMegabytes, openFiles: openConnections, p99Ratio };
    const faults = steadyFaults(measured.value.samples, limits);
    await mkdir(options.out, { recursive: true });
    await Bun.write(join(options.out, "steady.json"), `${JSON.stringify(measured.value, null, 2)}\n`);
    await Bun.write(join(options.out, "steady.html"), renderHtml(steadyDocument(measured.value, faults)));
    console.log(
      options.json
        ? JSON.stringify(measured.value, null, 2)
        : textTable(steadyColumns, steadyRows(measured.value)),
    );
    say(describeLatency(latencyVerdict(measured.value.samples)));
    for (const fault of faults) console.error(fault);
    return faults.length === 0 ? 0 : 1;
  });
}
