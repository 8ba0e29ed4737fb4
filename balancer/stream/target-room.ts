import { isAvailable, type Target } from "../cluster/target.ts";

/** Waits until a target can take one more connection. */
export interface RoomWaiter {
  /** There may be room: it asks again, and waits again where there is none. */
  onRoom(): void;
}

/** How many connections each target has, and who waits for one to end. */
export class TargetRoom {
  private readonly open = new Map<Target, number>();
  /** Targets that can take no more; mostly none. */
  private full: Target[] = [];
  /** In the order of their coming. */
  private readonly waiters = new Set<RoomWaiter>();

  constructor(
    private readonly maxConnections: number,
    private readonly maxQueue: number,
  ) {}

  /** Those that must not be chosen: `tried`, and what is full. */
  excluded(tried: readonly Target[] | undefined): readonly Target[] | undefined {
    if (this.full.length === 0) return tried;
    return tried === undefined ? this.full : [...tried, ...this.full];
  }

  /** Whether a target that has not been tried lacks nothing but room. */
  isWorthWaiting(tried: readonly Target[] | undefined): boolean {
    return this.full.some((target) => isAvailable(target.state) && tried?.includes(target) !== true);
  }

  /** A connection to the target begins. */
  take(target: Target): void {
    const open = (this.open.get(target) ?? 0) + 1;
    this.open.set(target, open);
    if (open === this.maxConnections) this.full = [...this.full, target];
  }

  /** A connection to the target has ended. */
  give(target: Target): void {
    const open = (this.open.get(target) ?? 0) - 1;
    if (open > 0) this.open.set(target, open);
    else this.open.delete(target);
    if (open !== this.maxConnections - 1) return;
    this.full = this.full.filter((each) => each !== target);
    const [first] = this.waiters;
    if (first === undefined) return;
    this.waiters.delete(first);
    first.onRoom();
  }

  /** False when too many wait already. */
  wait(waiter: RoomWaiter): boolean {
    if (this.waiters.size >= this.maxQueue) return false;
    this.waiters.add(waiter);
    return true;
  }

  withdraw(waiter: RoomWaiter): void {
    this.waiters.delete(waiter);
  }
}
