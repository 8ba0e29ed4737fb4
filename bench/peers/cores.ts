import { readFileSync } from "node:fs";

/** Who runs where: the proxy alone, everything else on what is left. */
export interface CoreSplit {
  readonly proxy: number;
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
  return proxy === undefined || others.length === 0 ? undefined : { proxy, others };
}

/** Moves this process, with the load generator in it and all that it will start, off the proxy's core. */
export function leaveProxyCore({ others }: CoreSplit): void {
  const command = ["taskset", "-a", "-c", "-p", others.join(","), String(process.pid)];
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().trim()}`);
}

/** The command line that runs `command` on the proxy's core. */
export function onProxyCore(cores: Cores, command: readonly string[]): readonly string[] {
  return cores.pinned ? ["taskset", "-c", String(cores.split.proxy), ...command] : command;
}

export function describeCores(cores: Cores): string {
  if (!cores.pinned) return `the proxy shares its core with everything else: ${cores.why}`;
  return `the proxy alone on core ${cores.split.proxy}, load and servers on ${cores.split.others.join(", ")}`;
}
