import type { Clock, Timer } from "../cluster/clock.ts";

/** Something that may take too long; it is on one list at a time. */
export interface Expiring {
  /** The time is over; the entry is off the list already. */
  expire(): void;
  /** For {@link Deadlines} alone. */
  readonly deadline: Deadline;
}

/** An entry's place in a list. */
export class Deadline {
  list: Deadlines | undefined;
  atMs = 0;
  previous: Expiring | undefined;
  next: Expiring | undefined;

  /** Takes the entry off its list, if it is on one. */
  cancel(entry: Expiring): void {
    this.list?.remove(entry);
  }
}

const usualResolutionMs = 10;

/**
 * Deadlines that are all the same time away: the list is then in order by itself, adding and
 * removing cost a few assignments, and one timer serves them all.
 */
export class Deadlines {
  private first: Expiring | undefined;
  private last: Expiring | undefined;
  private timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
    /** Timers fire this late at most, besides the event loop's own delay. */
    private readonly resolutionMs = usualResolutionMs,
  ) {}

  /** Starts the entry's time, anew if it runs already. `nowMs` spares a look at the clock where it is known. */
  add(entry: Expiring, nowMs = this.clock.now()): void {
    const place = entry.deadline;
    place.list?.remove(entry);
    place.list = this;
    place.atMs = nowMs + this.timeoutMs;
    place.previous = this.last;
    if (this.last === undefined) this.first = entry;
    else this.last.deadline.next = entry;
    this.last = entry;
    this.timer ??= this.clock.after(this.timeoutMs + this.resolutionMs, this.sweep);
  }

  /** Forgets all entries without expiring them. */
  clear(): void {
    this.timer?.cancel();
    this.timer = undefined;
    while (this.first !== undefined) this.remove(this.first);
  }

  /** For {@link Deadline.cancel}. */
  remove(entry: Expiring): void {
    const place = entry.deadline;
    if (place.previous === undefined) this.first = place.next;
    else place.previous.deadline.next = place.next;
    if (place.next === undefined) this.last = place.previous;
    else place.next.deadline.previous = place.previous;
    place.list = undefined;
    place.previous = undefined;
    place.next = undefined;
  }

  private readonly sweep = () => {
    this.timer = undefined;
    const nowMs = this.clock.now();
    while (this.first !== undefined && this.first.deadline.atMs <= nowMs) {
      const entry = this.first;
      this.remove(entry);
      entry.expire();
    }
    if (this.first === undefined || this.timer !== undefined) return;
    // The timer is not moved when an entry goes: most entries go in time, and it finds the next one then.
    this.timer = this.clock.after(this.first.deadline.atMs - nowMs + this.resolutionMs, this.sweep);
  };
}
