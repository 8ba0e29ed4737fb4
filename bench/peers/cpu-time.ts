import { readdirSync, readFileSync } from "node:fs";

/** Unit of the times in `/proc/<pid>/stat`: USER_HZ is 100 on every architecture of Linux (proc_pid_stat(5)). */
const tickMs = 10;

interface ProcessStat {
  readonly parentPid: number;
  /** User and system time of the process and of its children that have ended, in ms. */
  readonly cpuMs: number;
}

/** All processes that descend from `rootPid`, itself first; empty when it is gone. */
export function processTree(rootPid: number): number[] {
  const children = new Map<number, number[]>();
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (const pid of pids.map(Number)) {
    const stat = readStat(pid);
    if (stat === undefined) continue;
    children.set(stat.parentPid, [...(children.get(stat.parentPid) ?? []), pid]);
  }
  if (readStat(rootPid) === undefined) return [];
  const tree = [rootPid];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/**
 * CPU time of a program with all of its processes, in ms, in steps of 10. Never falls while the
 * first process lives: the time of a child that has ended goes to its parent.
 */
export function treeCpuMs(rootPid: number): number {
  return processTree(rootPid).reduce((sum, pid) => sum + (readStat(pid)?.cpuMs ?? 0), 0);
}

/** Undefined when there is no such process, or no longer. */
function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}

/** Reads a line of `/proc/<pid>/stat`; the second field, the name, may hold spaces and parentheses. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  if (!Number.isInteger(ticks)) throw new Error(`found ${JSON.stringify(line)}, expected /proc/<pid>/stat`);
  return { parentPid: field(4), cpuMs: ticks * tickMs };
}

/** Time that a core has worked for anyone, interrupts and the hypervisor's other guests included, in ms. */
export function coreBusyMs(core: number): number {
  const line = readFileSync("/proc/stat", "utf8")
    .split("\n")
    .find((text) => text.startsWith(`cpu${core} `));
  const fields = line?.split(" ").slice(1, 9).map(Number) ?? [];
  const [user, nice, system, _idle, _ioWait, irq, softIrq, steal] = fields;
  const ticks = [user, nice, system, irq, softIrq, steal].reduce<number>(
    (sum, time) => sum + (time ?? Number.NaN),
    0,
  );
  if (Number.isNaN(ticks)) throw new Error(`found no line cpu${core} with eight times in /proc/stat`);
  return ticks * tickMs;
}
