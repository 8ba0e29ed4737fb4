import { compiledPrograms, compilePrograms } from "../commands/compiled-programs.ts";
import { interruptible } from "../commands/interrupt.ts";
import { showPercents } from "../commands/progress.ts";
import { runCommand } from "../commands/run-command.ts";
import type { ManagedProcess } from "../lab/process.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { freePorts } from "../peers/free-port.ts";
import { whole } from "../report/format.ts";
import { textTable } from "../report/terminal.ts";
import { idleTimeoutMs, type RunningBalancer, withBalancer } from "./balancer.ts";
import { sendFromMany } from "./datagrams.ts";
import { parseSoakOptions, type SoakOptions, soakCommand } from "./options.ts";
import { leastUse, type ProcessUse, useAtRest } from "./process-use.ts";
import { registerOverAndOver } from "./registrations.ts";

const controlConnections = 8;
const littleShare = 0.1;
/** Garbage is given back when the collector is due, which one small load may miss; what leaks is there after each. */
const littleLoads = 3;

interface SoakFigures {
  readonly what: string;
  readonly seconds: number;
  readonly before: ProcessUse;
  readonly after: ProcessUse;
}

/** A load of `share` of what is asked for; what it came to, in words. */
type Load = (share: number) => Promise<Outcome<string>>;

/** `bun run bench soak`: resolves to the exit code. */
export async function runSoak(args: readonly string[]): Promise<number> {
  return await runCommand(soakCommand, parseSoakOptions(args), wear);
}

async function wear(options: SoakOptions): Promise<number> {
  return await interruptible(async (signal) => {
    if (options.balancer === undefined) await compilePrograms((line) => console.error(line), signal);
    const executable = options.balancer ?? compiledPrograms.balancer;
    const measured = await withBalancer(executable, (running) => soak(options, running, signal));
    if (!measured.ok) {
      console.error(measured.fault);
      return 1;
    }
    const figures = measured.value;
    console.log(options.json ? JSON.stringify(figures, null, 2) : table(figures));
    const faults = figures.flatMap((each) => faultsOf(each, options.limitMegabytes));
    for (const fault of faults) console.error(fault);
    return faults.length === 0 ? 0 : 1;
  });
}

async function soak(
  options: SoakOptions,
  { child, controlPort, udpPort }: RunningBalancer,
  signal: AbortSignal,
): Promise<Outcome<readonly SoakFigures[]>> {
  const { cycles, datagrams, addresses } = options;
  const ports = freePorts(controlConnections);
  const registrations: Load = async (share) => {
    const count = Math.ceil(cycles * share);
    const onProgress = showPercents("registrations", process.stderr);
    const ended = await registerOverAndOver({ controlPort, ports, cycles: count, signal, onProgress });
    return ended.ok ? success(`${whole(count)} registrations and as many unregistrations`) : ended;
  };
  const datagramLoad: Load = async (share) => {
    const count = Math.ceil(datagrams * share);
    const onProgress = showPercents("datagrams", process.stderr);
    const ended = await sendFromMany({ port: udpPort, datagrams: count, addresses, signal, onProgress });
    if (!ended.ok) return ended;
    const { answered, lost } = ended.value;
    return success(`${whole(answered)} datagrams from ${whole(addresses)} addresses, ${whole(lost)} lost`);
  };
  const figures: SoakFigures[] = [];
  for (const load of [registrations, datagramLoad]) {
    const measured = await around(load, child, signal);
    if (!measured.ok) return measured;
    figures.push(measured.value);
  }
  return success(figures);
}

async function around(load: Load, child: ManagedProcess, signal: AbortSignal): Promise<Outcome<SoakFigures>> {
  const before = await useAfterLittle(load, child, signal);
  if (!before.ok) return before;
  const startedAtMs = performance.now();
  const ended = await load(1);
  if (!ended.ok) return failure(`${ended.fault}; ${child.describe()}`);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const after = await useAfterLittle(load, child, signal);
  return after.ok ? success({ what: ended.value, seconds, before: before.value, after: after.value }) : after;
}

/**
 * What the program holds at the least when it has had a little of the load a few times: so it has what it needs once, and has had
 * occasion to give back what is garbage, which it looks for when there is something to do.
 */
async function useAfterLittle(
  load: Load,
  child: ManagedProcess,
  signal: AbortSignal,
): Promise<Outcome<ProcessUse>> {
  let least: ProcessUse = {
    residentMegabytes: Number.POSITIVE_INFINITY,
    openFiles: Number.POSITIVE_INFINITY,
  };
  for (let loads = 0; loads < littleLoads; loads++) {
    // Twice the sessions would be more than many machines have open files for.
    await sessionsEnd();
    const ended = await load(littleShare);
    if (!ended.ok) return failure(`${ended.fault}; ${child.describe()}`);
    await sessionsEnd();
    least = leastUse(least, await useAtRest(child.pid, signal));
  }
  return success(least);
}

/** An idle session ends up to an eighth later than it should. */
async function sessionsEnd(): Promise<void> {
  await Bun.sleep(1.25 * idleTimeoutMs);
}

const growth = ({ before, after }: SoakFigures) => after.residentMegabytes - before.residentMegabytes;

function faultsOf(figures: SoakFigures, limitMegabytes: number): string[] {
  const { what, before, after } = figures;
  const faults: string[] = [];
  if (growth(figures) > limitMegabytes)
    faults.push(
      `${what}: memory grew by ${growth(figures).toFixed(1)} MB, expected ${limitMegabytes} at most`,
    );
  if (after.openFiles > before.openFiles)
    faults.push(`${what}: ${after.openFiles} open files, expected ${before.openFiles} as before`);
  return faults;
}

function table(figures: readonly SoakFigures[]): string {
  const rows = figures.map((each) => [
    each.what,
    `${each.seconds.toFixed(0)} s`,
    `${each.before.residentMegabytes.toFixed(1)} MB`,
    `${each.after.residentMegabytes.toFixed(1)} MB`,
    `${growth(each).toFixed(1)} MB`,
    whole(each.before.openFiles),
    whole(each.after.openFiles),
  ]);
  return textTable(["load", "time", "memory before", "after", "growth", "files before", "after"], rows);
}
