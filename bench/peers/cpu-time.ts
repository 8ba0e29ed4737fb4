import { ptr } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";
import { libc } from "../../balancer/sockets/libc.ts";

/** Unit of the times in `/proc/<pid>/stat`: USER_HZ is 100 on every architecture of Linux (proc_pid_stat(5)). */
const tickMs = 10;

interface ProcessStat {
  readonly parentPid: number;
  /** User and system time of the process, in ms. */
  readonly ownCpuMs: number;
  /** Of its children that have ended, and of theirs. */
  readonly endedCpuMs: number;
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
 * CPU time of a program with all of its processes, in ms; of those that have ended, whose time goes to their parents, in
 * steps of 10.
 */
export function treeCpuMs(rootPid: number): number {
  return processTree(rootPid).reduce((sum, pid) => {
    const stat = readStat(pid);
    return stat === undefined ? sum : sum + stat.endedCpuMs + (clockMs(pid) ?? stat.ownCpuMs);
  }, 0);
}

/** What the system makes the number of the clock for a process of (clock_getcpuclockid(3)). */
const processClock = 2;
const time = new BigInt64Array(2);

/** CPU time of a process with all threads that it ever had, in ms, exactly; undefined when it has ended. */
function clockMs(pid: number): number | undefined {
  if (libc().clock_gettime((~pid << 3) | processClock, ptr(time)) !== 0) return undefined;
  const [seconds = 0n, nanoseconds = 0n] = time;
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}

/** CPU time of each thread of a program that lives now, by its id, in ms, in steps of 10. */
export function threadCpuMs(rootPid: number): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const pid of processTree(rootPid)) {
    for (const thread of unlessGone(() => readdirSync(`/proc/${pid}/task`)) ?? []) {
      const text = unlessGone(() => readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8"));
      if (text !== undefined) times.set(Number(thread), parseStat(text).ownCpuMs);
    }
  }
  return times;
}

/** Memory of a program with all of its processes that is in RAM, in bytes. */
export function residentBytes(rootPid: number): number {
  return processTree(rootPid).reduce((sum, pid) => {
    const status = unlessGone(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";
    return sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }, 0);
}

/** Undefined when there is no such process, or no longer. */
function readStat(pid: number): ProcessStat | undefined {
  const line = unlessGone(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return line === undefined ? undefined : parseStat(line);
}

/** What `read` finds in `/proc`, undefined when the process or thread has ended. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
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
  const ownTicks = field(14) + field(15);
  const endedTicks = field(16) + field(17);
  if (!Number.isInteger(ownTicks + endedTicks))
    throw new Error(`found ${JSON.stringify(line)}, expected /proc/<pid>/stat`);
  return { parentPid: field(4), ownCpuMs: ownTicks * tickMs, endedCpuMs: endedTicks * tickMs };
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
