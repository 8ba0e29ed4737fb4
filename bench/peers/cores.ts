import { readFileSync } from "node:fs";

/** Who runs where. */
export interface CoreSplit {
  readonly proxy: readonly number[];
  /** For load and servers: what the proxy leaves over, or the same where it needs all. */
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

/** The first `proxyCores` to the proxy; undefined when there are too few, or just one. */
export function splitCores(cores: readonly number[], proxyCores = 1): CoreSplit | undefined {
  if (cores.length < Math.max(2, proxyCores)) return undefined;
  const proxy = cores.slice(0, proxyCores);
  const left = cores.slice(proxyCores);
  return { proxy, others: left.length === 0 ? proxy : left };
}

/** The same cores, with another number of them for the proxy. */
export function splitAgain({ proxy, others }: CoreSplit, proxyCores: number): CoreSplit | undefined {
  return splitCores([...new Set([...proxy, ...others])], proxyCores);
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
  const list = (cores: readonly number[]) => cores.join(" and ");
  if (!isExclusive(split)) return `proxy, load and servers together on cores ${list(split.proxy)}`;
  return `the proxy alone on core ${list(split.proxy)}, load and servers on ${list(split.others)}`;
}
