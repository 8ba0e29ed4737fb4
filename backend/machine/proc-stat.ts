/** Time that all cores of a machine have spent since it started, in clock ticks. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/**
 * Reads the first line of `/proc/stat` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal,
 * and two that are already counted in user and nice. Throws on text of another form.
 */
export function parseCpuTimes(procStat: string): CpuTimes {
  const line = /^cpu +([\d ]+)$/m.exec(procStat)?.[1];
  const ticks = (line ?? "").trim().split(/ +/).slice(0, 8).map(Number);
  const [, , , idle, iowait] = ticks;
  if (idle === undefined || iowait === undefined) {
    throw new Error(`/proc/stat: expected "cpu" and at least five numbers, found ${procStat.slice(0, 80)}`);
  }
  const total = ticks.reduce((sum, value) => sum + value, 0);
  // Stolen time counts as busy: work was there to do, and another guest had the core.
  return { busy: total - idle - iowait, total };
}

/**
 * A function that tells the percentage of busy time since its last call, from 0 to 100, the first time since
 * `read` was first called here. When no tick has passed it repeats its last answer, at first 0.
 */
export function cpuPercentSinceLastLook(read: () => CpuTimes): () => number {
  let last = read();
  let percent = 0;
  return () => {
    const now = read();
    const passed = now.total - last.total;
    if (passed > 0) {
      // The kernel's iowait may go backwards, so the difference need not lie within 0 and 100.
      percent = Math.min(100, Math.max(0, (100 * (now.busy - last.busy)) / passed));
      last = now;
    }
    return percent;
  };
}
