import { type ManagedProcess, startProcess } from "../lab/process.ts";
import type { Outcome } from "../outcome.ts";
import { processTree } from "./cpu-time.ts";

const stopGraceMs = 5000;

/** Programs that must not outlive the benchmark, whatever ends it. */
export interface Children {
  start(name: string, command: readonly string[]): Outcome<ManagedProcess>;
  /** Resolves when it has ended. */
  stop(child: ManagedProcess): Promise<void>;
  /** Stops those that are left, the newest first. */
  stopAll(): Promise<void>;
}

export function trackChildren(): Children {
  const running = new Set<ManagedProcess>();
  const killAll = () => {
    for (const { pid } of running) for (const member of processTree(pid)) process.kill(member, "SIGKILL");
  };
  // The last resort for an exit that nobody waited for.
  process.on("exit", killAll);
  const stop = async (child: ManagedProcess) => {
    await child.stop(stopGraceMs);
    running.delete(child);
  };
  return {
    start(name, command) {
      const child = startProcess(name, command);
      if (child.ok) running.add(child.value);
      return child;
    },
    stop,
    async stopAll() {
      for (const child of [...running].reverse()) await stop(child);
      process.off("exit", killAll);
    },
  };
}
