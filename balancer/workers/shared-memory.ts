import type { Group } from "../cluster/group.ts";
import { type GroupMemory, targetMemory, viewGroupMemory } from "../cluster/group-memory.ts";
import type { SharedTarget } from "../watched-group.ts";

/** A buffer of a group, as threads hand it to each other: it goes to every worker as it is. */
interface SharedBuffer {
  readonly buffer: ArrayBufferLike;
  readonly targetCount: number;
  readonly firstNumber: number;
}

/** A target, whose numbers stand at its index of a buffer. */
interface TargetInBuffer extends Omit<SharedTarget, "memory"> {
  readonly shared: SharedBuffer;
  readonly index: number;
}

/** A group's numbers, for all threads. */
export interface SharedGroup extends SharedBuffer {
  readonly threadCount: number;
  /** Who is in the group. */
  readonly targets: readonly TargetInBuffer[];
}

/** By group. */
export type SharedMemory = Readonly<Record<string, SharedGroup>>;

/** What the workers need of the main thread's group as it is now. */
export function shareGroup({ memory, targets }: Group): SharedGroup {
  return {
    ...sharedBuffer(memory),
    threadCount: memory.threadCount,
    targets: targets.map(({ id, url, weight, place, memory: own }) => ({
      id,
      url,
      weight,
      place,
      shared: sharedBuffer(own),
      index: own.index,
    })),
  };
}

/** The view of a group that thread number `thread` needs. */
export function viewSharedGroup(
  { buffer, targetCount, threadCount }: SharedGroup,
  thread: number,
): GroupMemory {
  return viewGroupMemory(buffer, targetCount, threadCount, thread);
}

/** Its targets as thread number `thread` sees them. */
export function viewSharedTargets(
  { threadCount, targets }: SharedGroup,
  thread: number,
): readonly SharedTarget[] {
  // Those of one buffer look at it through the same views: a choice goes over all targets.
  const views = new Map<ArrayBufferLike, GroupMemory>();
  return targets.map(({ id, url, weight, place, shared, index }) => {
    const { buffer, targetCount, firstNumber } = shared;
    const view = views.get(buffer) ?? viewGroupMemory(buffer, targetCount, threadCount, thread, firstNumber);
    views.set(buffer, view);
    return { id, url, weight, place, memory: targetMemory(view, index) };
  });
}

function sharedBuffer({ ints, targetCount, firstNumber }: GroupMemory): SharedBuffer {
  return { buffer: ints.buffer, targetCount, firstNumber };
}
