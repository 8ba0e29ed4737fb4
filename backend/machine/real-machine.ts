import { existsSync, readFileSync } from "node:fs";
import type { Machine, Work } from "./machine.ts";
import { cpuPercentSinceLastLook, parseCpuTimes } from "./proc-stat.ts";

const procStat = "/proc/stat";
const atOnce: Work = (_request, answer) => answer();

/** The machine as it is: it answers as fast as it can, and its load is its true CPU use (Linux only). */
export function realMachine(): Machine {
  const cpuPercent = existsSync(procStat)
    ? cpuPercentSinceLastLook(() => parseCpuTimes(readFileSync(procStat, "utf8")))
    : () => undefined;
  return { serve: atOnce, check: atOnce, cpuPercent };
}
