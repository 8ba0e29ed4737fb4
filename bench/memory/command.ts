import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledPrograms, compilePrograms } from "../commands/compiled-programs.ts";
import { interruptible } from "../commands/interrupt.ts";
import { showPercents } from "../commands/progress.ts";
import { readOptions } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import { startProcess } from "../lab/process.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { residentBytes } from "../peers/cpu-time.ts";
import { textTable } from "../report/terminal.ts";
import { type Direction, startOrigin, transfer } from "./transfer.ts";

const help = `Sends a large body through the balancer to a slow reader, in both directions, and
watches the balancer's memory.

Usage: bun run bench memory [options]

  --megabytes N    size of the body (default 200)
  --rate N         megabytes a second that the reader takes (default 1)
  --limit N        megabytes that the memory may grow (default 64)
  --json           print the figures as JSON
  --help           print this

Exit codes: 0 within the limit, 1 beyond it or a transfer failed, 2 for options
that it doesn't know, 130 interrupted.

Examples:
  bun run bench memory
  bun run bench memory --megabytes 1000 --rate 50
`;

const megabyte = 1_000_000;

interface MemoryOptions {
  readonly bodyMegabytes: number;
  readonly megabytesPerSecond: number;
  readonly limitMegabytes: number;
  readonly json: boolean;
}

/** Resident memory of the balancer around one transfer, in megabytes. */
interface MemoryFigures {
  readonly direction: Direction;
  readonly bodyMegabytes: number;
  readonly seconds: number;
  readonly startMegabytes: number;
  readonly peakMegabytes: number;
}

/** `bun run bench memory`: resolves to the exit code. */
export async function runMemory(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run bench memory", help }, parseOptions(args), transferBothWays);
}

async function transferBothWays(options: MemoryOptions): Promise<number> {
  return await interruptible(async (signal) => {
    await compilePrograms((line) => console.error(line), signal);
    const figures: MemoryFigures[] = [];
    for (const direction of ["download", "upload"] as const) {
      const measured = await measure(direction, options, signal);
      if (!measured.ok) {
        console.error(`${direction}: ${measured.fault}`);
        return 1;
      }
      figures.push(measured.value);
    }
    console.log(options.json ? JSON.stringify(figures, null, 2) : table(figures));
    const isWithin = figures.every((each) => growth(each) <= options.limitMegabytes);
    if (!isWithin) console.error(`memory grew by more than ${options.limitMegabytes} MB`);
    return isWithin ? 0 : 1;
  });
}

/** One transfer through a balancer of its own. */
async function measure(
  direction: Direction,
  options: MemoryOptions,
  signal: AbortSignal,
): Promise<Outcome<MemoryFigures>> {
  const scratch = await mkdtemp(join(tmpdir(), "ballast-memory-"));
  const startedAtMs = performance.now();
  const plan = {
    direction,
    bodyBytes: options.bodyMegabytes * megabyte,
    bytesPerSecond: options.megabytesPerSecond * megabyte,
    signal,
    onProgress: showPercents(direction, process.stderr),
  };
  const origin = startOrigin(plan);
  const config = join(scratch, "lb.json");
  await Bun.write(config, JSON.stringify(configFor(origin.port)));
  const child = startProcess("balancer", [compiledPrograms.balancer, "--config", config]);
  try {
    if (!child.ok) return child;
    const line = await child.value.waitForLine(/^listener public on http:\/\/\S+:(\d+)$/, 10_000);
    if (!line.ok) return failure(line.fault);
    signal.throwIfAborted();
    const startMegabytes = residentMegabytes(child.value.pid);
    let peakMegabytes = startMegabytes;
    const sampling = setInterval(() => {
      peakMegabytes = Math.max(peakMegabytes, residentMegabytes(child.value.pid));
    }, 50);
    const carried = await transfer(Number(line.value[1]), plan);
    clearInterval(sampling);
    signal.throwIfAborted();
    if (!carried.ok) return carried;
    const seconds = (performance.now() - startedAtMs) / 1000;
    return success({
      direction,
      bodyMegabytes: options.bodyMegabytes,
      seconds,
      startMegabytes,
      peakMegabytes,
    });
  } finally {
    if (child.ok) await child.value.stop(1000);
    origin.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

function configFor(originPort: number): object {
  return {
    listeners: [{ name: "public", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "origin" }] }],
    groups: { origin: { health: false, targets: [{ url: `http://127.0.0.1:${originPort}` }] } },
  };
}

const residentMegabytes = (pid: number) => residentBytes(pid) / megabyte;
const growth = ({ startMegabytes, peakMegabytes }: MemoryFigures) => peakMegabytes - startMegabytes;

function table(figures: readonly MemoryFigures[]): string {
  const rows = figures.map((each) => [
    each.direction,
    `${each.bodyMegabytes} MB`,
    `${each.seconds.toFixed(1)} s`,
    `${each.startMegabytes.toFixed(1)} MB`,
    `${each.peakMegabytes.toFixed(1)} MB`,
    `${growth(each).toFixed(1)} MB`,
  ]);
  return textTable(["direction", "body", "time", "at start", "peak", "growth"], rows);
}

function parseOptions(args: readonly string[]): Outcome<MemoryOptions | "help"> {
  return readOptions(
    args,
    {
      megabytes: { type: "string" },
      rate: { type: "string" },
      limit: { type: "string" },
    },
    (values, reader) => ({
      bodyMegabytes: reader.above0("megabytes", 1_000_000) ?? 200,
      megabytesPerSecond: reader.above0("rate", 100_000) ?? 1,
      limitMegabytes: reader.above0("limit", 100_000) ?? 64,
      json: values.json,
    }),
  );
}
