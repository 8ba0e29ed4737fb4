import { groupSlots } from "./group-memory.ts";

/** A choice takes well under a microsecond: who waits longer waits for a thread that the system has put to sleep. */
const spins = 1000;
const napMs = 1;

/**
 * Lets the choices of a group come one after another over all threads, for policies whose order is the point. Costs two
 * atomic operations; whoever finds it taken spins, for the few hundred nanoseconds of another thread's choice.
 */
export class ChoiceTurns {
  private readonly name: number;

  /** `ints`: the group's memory; `thread`: this thread's number, from 0. */
  constructor(
    private readonly ints: Int32Array,
    thread: number,
  ) {
    this.name = thread + 1;
  }

  acquire(): void {
    const { ints, name } = this;
    for (let spin = 1; ; spin++) {
      const holder = Atomics.compareExchange(ints, groupSlots.chooser, 0, name);
      if (holder === 0) return;
      if (spin % spins === 0) Atomics.wait(ints, groupSlots.chooser, holder, napMs);
    }
  }

  release(): void {
    Atomics.store(this.ints, groupSlots.chooser, 0);
  }

  /** Takes the turn from a thread that has died in the middle of a choice. */
  releaseFor(thread: number): void {
    Atomics.compareExchange(this.ints, groupSlots.chooser, thread + 1, 0);
  }
}
