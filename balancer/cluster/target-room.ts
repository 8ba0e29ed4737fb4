import { isAvailable, type Target } from "./target.ts";

/** Waits until a target can take more. */
export interface RoomWaiter {
  /** There may be room: begins if there is. False when it goes on waiting, where it stands in the line. */
  onRoom(): boolean;
}

/** Is told who waits, and who has waited in vain. */
export interface RoomCounts {
  add(what: "queued" | "queueFull" | "queueTimedOut", change?: number): void;
}

/** So many at the head of the line may want something else than what has become free. */
const maxPassedOver = 4;

export interface RoomLimits {
  /** In flight at each target. */
  readonly perTarget: number;
  /** In flight at all of them together; looked at anew each time. */
  readonly inGroup: { readonly limit: number };
  /** Who may wait. */
  readonly maxQueue: number;
}

/** How much each target of a group has in flight, be it requests or connections, and who waits for some of it to end. */
export class TargetRoom {
  private readonly open = new Map<Target, number>();
  private total = 0;
  /** Targets that can take no more; mostly none. */
  private full: Target[] = [];
  /** In the order of their coming. */
  private readonly waiters = new Set<RoomWaiter>();
  private isAsking = false;
  /** There may be more room than when they were asked. */
  private mustAsk = false;

  constructor(
    private readonly limits: RoomLimits,
    private readonly counts?: RoomCounts,
  ) {}

  /** No target can take more, since all together have as much as they may. */
  get isFull(): boolean {
    return this.total >= this.limits.inGroup.limit;
  }

  /** At all targets together. */
  get inFlight(): number {
    return this.total;
  }

  /** Who waits now. */
  get queueLength(): number {
    return this.waiters.size;
  }

  /** Those that must not be chosen: `tried`, and what is full. */
  excluded(tried: readonly Target[] | undefined): readonly Target[] | undefined {
    if (this.full.length === 0) return tried;
    return tried === undefined ? this.full : [...tried, ...this.full];
  }

  hasRoom(target: Target): boolean {
    return !this.isFull && !this.full.includes(target);
  }

  /** Whether a target that has not been tried lacks nothing but room. */
  isWorthWaiting(tried: readonly Target[] | undefined): boolean {
    if (this.isFull) return true;
    return this.full.some((target) => isAvailable(target.state) && tried?.includes(target) !== true);
  }

  /** Something begins at the target. */
  take(target: Target): void {
    const open = (this.open.get(target) ?? 0) + 1;
    this.open.set(target, open);
    this.total++;
    if (open === this.limits.perTarget) this.full = [...this.full, target];
  }

  /** Something at the target has ended. */
  give(target: Target): void {
    const open = (this.open.get(target) ?? 0) - 1;
    if (open > 0) this.open.set(target, open);
    else this.open.delete(target);
    this.total--;
    if (open === this.limits.perTarget - 1) this.full = this.full.filter((each) => each !== target);
    this.wake();
  }

  /** False when too many wait already. Who waits already keeps its place. */
  wait(waiter: RoomWaiter): boolean {
    if (this.waiters.has(waiter)) return true;
    if (this.waiters.size >= this.limits.maxQueue) {
      this.counts?.add("queueFull");
      return false;
    }
    this.waiters.add(waiter);
    this.counts?.add("queued");
    return true;
  }

  /** It waits no more. */
  withdraw(waiter: RoomWaiter): void {
    if (this.waiters.delete(waiter)) this.counts?.add("queued", -1);
  }

  /** It has waited for as long as it may. */
  giveUp(waiter: RoomWaiter): void {
    this.withdraw(waiter);
    this.counts?.add("queueTimedOut");
  }

  /** What a waiter begins may end while that waiter is asked, and must not have it asked once more. */
  private wake(): void {
    this.mustAsk = true;
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      while (this.mustAsk) {
        this.mustAsk = false;
        this.askWaiters();
      }
    } finally {
      this.isAsking = false;
    }
  }

  /** Whoever came first is asked first; who waits for targets that are still full is passed over. */
  private askWaiters(): void {
    let passedOver = 0;
    for (const waiter of this.waiters) {
      if (this.isFull || passedOver === maxPassedOver) return;
      if (waiter.onRoom()) this.withdraw(waiter);
      else passedOver++;
    }
  }
}
