import { type GroupMemory, groupMemoryBytes, viewGroupMemory } from "../cluster/group-memory.ts";
import type { Config } from "../config/schema.ts";

/** The numbers of all groups, for all threads: the buffers go to every worker as they are. */
export interface SharedMemory {
  readonly threadCount: number;
  /** By group. */
  readonly groups: Readonly<
    Record<string, { readonly buffer: SharedArrayBuffer; readonly targetCount: number }>
  >;
}

export function createSharedMemory(config: Config, threadCount: number): SharedMemory {
  const groups = Object.entries(config.groups).map(([name, { targets }]) => [
    name,
    {
      buffer: new SharedArrayBuffer(groupMemoryBytes(targets.length, threadCount)),
      targetCount: targets.length,
    },
  ]);
  return { threadCount, groups: Object.fromEntries(groups) };
}

/** The view of a group that thread number `thread` needs. */
export function viewSharedMemory(memory: SharedMemory, group: string, thread: number): GroupMemory {
  const shared = memory.groups[group];
  if (shared === undefined) throw new Error(`no shared memory for group ${group}`);
  return viewGroupMemory(shared.buffer, shared.targetCount, memory.threadCount, thread);
}
