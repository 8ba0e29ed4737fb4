import type { Config, ListenerConfig } from "../config/schema.ts";
import { createGroupCountsMemory, GroupCounts } from "./group-counts.ts";
import { createListenerMemory, ListenerCounts, type ListenerMemory } from "./listener-counts.ts";

/** What all threads count beside the groups' numbers: the buffers go to every worker as they are. */
export interface CountsMemory {
  readonly threadCount: number;
  /** By listener. */
  readonly listeners: Readonly<Record<string, ListenerMemory>>;
  /** By group. */
  readonly groups: Readonly<Record<string, ArrayBufferLike>>;
  /** {@link threadSlots} of each thread. */
  readonly threads: ArrayBufferLike;
}

/** Float64 slots of a thread. */
const threadSlots = { lostLogLines: 0, lostTraces: 1, tracedRequests: 2, loopLagMs: 3 } as const;
const threadFloats = 8;

/** `threadCount`: workers and the main thread. */
export function createCountsMemory(config: Config, threadCount: number): CountsMemory {
  const listeners = config.listeners.map((listener): [string, ListenerMemory] => [
    listener.name,
    createListenerMemory(listener, threadCount),
  ]);
  const groups = Object.keys(config.groups).map((name): [string, ArrayBufferLike] => [
    name,
    createGroupCountsMemory(threadCount),
  ]);
  return {
    threadCount,
    listeners: Object.fromEntries(listeners),
    groups: Object.fromEntries(groups),
    threads: new SharedArrayBuffer(threadCount * threadFloats * 8),
  };
}

/** Memory for another config: groups, and listeners that carry the same groups' traffic, count on where they did. */
export function countsMemoryFor(config: Config, previous: CountsMemory): CountsMemory {
  const fresh = createCountsMemory(config, previous.threadCount);
  const listeners = Object.entries(fresh.listeners).map(([name, memory]): [string, ListenerMemory] => {
    const before = previous.listeners[name];
    const isSame = before !== undefined && Bun.deepEquals(shapeOf(before), shapeOf(memory));
    return [name, isSame ? before : memory];
  });
  const groups = Object.entries(fresh.groups).map(([name, memory]): [string, ArrayBufferLike] => [
    name,
    previous.groups[name] ?? memory,
  ]);
  return { ...previous, listeners: Object.fromEntries(listeners), groups: Object.fromEntries(groups) };
}

/** One thread's counts. */
export class Counts {
  private readonly listeners = new Map<string, ListenerCounts>();
  private readonly groups = new Map<string, GroupCounts>();
  private readonly threads: Float64Array;

  constructor(
    private memory: CountsMemory,
    readonly thread: number,
  ) {
    this.threads = new Float64Array(memory.threads);
    for (const [name, listener] of Object.entries(memory.listeners))
      this.listeners.set(name, new ListenerCounts(name, listener, thread));
    for (const [name, group] of Object.entries(memory.groups))
      this.groups.set(name, new GroupCounts(group, thread));
  }

  /** Counts of another config, on {@link countsMemoryFor} it, that is not in force yet. */
  prepare(memory: CountsMemory): Counts {
    return new Counts(memory, this.thread);
  }

  /** The other config is in force; what only this thread has goes on. */
  become({ memory, listeners, groups }: Counts): void {
    for (const name of Object.keys(this.memory.listeners)) this.listeners.delete(name);
    // The others are those that leave, which nobody would ever take out again.
    for (const [name, counts] of listeners)
      if (Object.hasOwn(memory.listeners, name)) this.listeners.set(name, counts);
    this.groups.clear();
    for (const [name, counts] of groups) this.groups.set(name, counts);
    this.memory = memory;
  }

  /** Of a listener of the config, or of one that only this thread has. */
  of(listener: ListenerConfig): ListenerCounts {
    const { name } = listener;
    const known = this.listeners.get(name);
    if (known !== undefined) return known;
    const counts = new ListenerCounts(name, createListenerMemory(listener, 1), 0);
    this.listeners.set(name, counts);
    return counts;
  }

  /** Of a group of the config. */
  ofGroup(name: string): GroupCounts | undefined {
    return this.groups.get(name);
  }

  /** A listener that only this thread had is gone. */
  forget(name: string): void {
    this.listeners.delete(name);
  }

  all(): Iterable<ListenerCounts> {
    return this.listeners.values();
  }

  /** By name. */
  ofGroups(): Iterable<[string, GroupCounts]> {
    return this.groups.entries();
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    for (const listener of this.listeners.values()) listener.closeAllOf(thread);
    for (const group of this.groups.values()) group.closeAllOf(thread);
  }

  add(slot: keyof typeof threadSlots, amount: number): void {
    const at = this.thread * threadFloats + threadSlots[slot];
    this.threads[at] = (this.threads[at] ?? 0) + amount;
  }

  set(slot: keyof typeof threadSlots, value: number): void {
    this.threads[this.thread * threadFloats + threadSlots[slot]] = value;
  }

  /** Of each thread, in order. */
  values(slot: keyof typeof threadSlots): number[] {
    return Array.from(
      { length: this.memory.threadCount },
      (_, thread) => this.threads[thread * threadFloats + threadSlots[slot]] ?? 0,
    );
  }
}

function shapeOf({ isHttp, hasConnections, groups, threadCount }: ListenerMemory) {
  return { isHttp, hasConnections, groups, threadCount };
}
