import { readFileSync } from "node:fs";

/** Who runs where. */
export interface CoreSplit {
  readonly proxy: readonly number[];
  /** For load and servers: apart from the proxy's, or the same. */
  readonly others: readonly number[];
}

/** How the cores that this process may use are shared out; the fault says why it can't be done. */
export type Cores =
  | { readonly pinned: true; readonly split: CoreSplit }
  | { readonly pinned: false; readonly why: string };

export function availableCores(): Cores {
  const taskset = Bun.which("taskset");
  if (process.platform !== "linux" || taskset === null) {
    return { pinned: false, why: "taskset (util-linux) was not found" };
  }
  const status = readFileSync("/proc/self/status", "utf8");
  const split = splitCores(parseCoreList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? ""));
  return split === undefined
    ? { pinned: false, why: "this machine offers one core only" }
    : { pinned: true, split };
}

/** The kernel's way of writing sets of cores: `0-1,4` is 0, 1, 4. */
export function parseCoreList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (match === null) throw new Error(`found ${JSON.stringify(list)}, expected cores such as "0-2,5"`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? first);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

export function splitCores([proxy, ...others]: readonly number[]): CoreSplit | undefined {
  return proxy === undefined || others.length === 0 ? undefined : { proxy: [proxy], others };
}

/**
 * Of the same cores, `proxyCores` to the proxy and as many to the others: its own where there are twice `mostCores`, the
 * largest number that is compared, and else the proxy's.
 */
export function splitForScale(split: CoreSplit, proxyCores: number, mostCores: number): CoreSplit {
  const all = [...split.proxy, ...split.others];
  const first = all.slice(0, proxyCores);
  if (all.length < 2 * mostCores) return { proxy: first, others: first };
  return { proxy: first, others: all.slice(mostCores, mostCores + proxyCores) };
}

/** Whether the proxy has its cores for itself. */
export function isExclusive({ proxy, others }: CoreSplit): boolean {
  return !proxy.some((core) => others.includes(core));
}

/** Moves this process, with the load generator in it and all that it will start, to where `others` belong. */
export function moveToOthers({ others }: CoreSplit): void {
  const command = ["taskset", "-a", "-c", "-p", others.join(","), String(process.pid)];
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().trim()}`);
}

/** The command line that runs `command` on the proxy's cores. */
export function onProxyCores(cores: Cores, command: readonly string[]): readonly string[] {
  return cores.pinned ? ["taskset", "-c", cores.split.proxy.join(","), ...command] : command;
}

export function describeCores(cores: Cores): string {
  if (!cores.pinned) return `the proxy shares its core with everything else: ${cores.why}`;
  return describeSplit(cores.split);
}

export function describeSplit(split: CoreSplit): string {
  const list = (cores: readonly number[]) => `core${cores.length === 1 ? "" : "s"} ${cores.join(" and ")}`;
  if (!isExclusive(split)) return `proxy, load and servers together on ${list(split.proxy)}`;
  return `the proxy alone on ${list(split.proxy)}, load and servers on ${list(split.others)}`;
}
