import { ptr } from "bun:ffi";
import type { Config, ListenerConfig } from "../config/schema.ts";
import { libc, systemError } from "../sockets/libc.ts";
import { ownSocketsOn } from "../sockets/poll.ts";
import { takeFromCore } from "../sockets/socket-options.ts";
import { isForWorkers } from "./limits.ts";

/**
 * A packet that one core has handled and another one's thread reads costs both of them: what the kernel keeps of its
 * connection goes to and fro between their caches (docs/decisions/workers.md).
 */

/** As many cores as Linux can be built for, a bit for each: sched_setaffinity(2). */
const maskBytes = 1024;
const thisThread = 0;

/** Which cores workers are kept to; none where they run on whichever is free. */
export function coresToPin({ pinWorkers }: Config, log: (line: string) => void): readonly number[] {
  const cores = pinWorkers ? usableCores() : [];
  if (pinWorkers && cores.length === 0)
    log(`pinWorkers: threads can't be kept to cores on ${process.platform}`);
  return cores;
}

/** The cores that this thread may run on, in ascending order; none is known but on Linux. */
export function usableCores(): readonly number[] {
  if (process.platform !== "linux") return [];
  const mask = new Uint8Array(maskBytes);
  if (libc().sched_getaffinity(thisThread, maskBytes, ptr(mask)) !== 0)
    throw systemError("sched_getaffinity");
  return Array.from({ length: 8 * maskBytes }, (_, core) => core).filter(
    (core) => ((mask[core >> 3] ?? 0) & (1 << (core & 7))) !== 0,
  );
}

/** Has this thread run on that core alone; false, with a line for people, where the core is not to be had any more. */
export function stayOn(core: number, log: (line: string) => void): boolean {
  try {
    runOn([core]);
    return true;
  } catch (error) {
    log(`can't be kept to core ${core}, and runs on any: ${(error as Error).message}`);
    return false;
  }
}

/** Has this thread, and those that it starts, run on these cores alone; throws the system's error where it can't. */
export function runOn(cores: readonly number[]): void {
  const mask = new Uint8Array(maskBytes);
  for (const core of cores) mask[core >> 3] = (mask[core >> 3] ?? 0) | (1 << (core & 7));
  if (libc().sched_setaffinity(thisThread, maskBytes, ptr(mask)) !== 0)
    throw systemError("sched_setaffinity");
}

/** Has this thread accept the connections whose packets come in on that core before others; -1: of none. */
export function acceptFrom(
  core: number,
  listeners: readonly ListenerConfig[],
  ports: readonly number[],
): void {
  for (const [index, listener] of listeners.entries()) {
    if (!isForWorkers(listener)) continue;
    const { hostname, port } = listener.listen;
    for (const fd of ownSocketsOn("tcp", { hostname, port: ports[index] ?? port })) takeFromCore(fd, core);
  }
}
