import { expect, test } from "bun:test";
import fc from "fast-check";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { Deadline, Deadlines, type Expiring } from "./deadlines.ts";

const timeoutMs = 100;
/** How late an entry may expire. */
const latenessMs = 10;

class Entry implements Expiring {
  readonly deadline = new Deadline();
  readonly expiredAtMs: number[] = [];

  constructor(private readonly clock: VirtualClock) {}

  expire(): void {
    this.expiredAtMs.push(this.clock.now());
  }
}

test("each entry expires once its time is over, and only then, whatever is added and cancelled", () => {
  const step = fc.record({
    action: fc.constantFrom("add", "add", "cancel", "clear", "wait", "wait"),
    index: fc.nat(5),
    ms: fc.constantFrom(0, 1, 7, 40, 99, 100, 250),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new VirtualClock();
      const list = new Deadlines(clock, timeoutMs);
      const entries = Array.from({ length: 6 }, () => new Entry(clock));
      const dueMs = new Map<Entry, number>();
      /** Moves on; whatever the model says is due must have expired, in time. */
      const advance = (ms: number) => {
        const untilMs = clock.now() + ms;
        const before = new Map(entries.map((entry) => [entry, entry.expiredAtMs.length]));
        clock.advance(ms);
        for (const entry of entries) {
          const news = entry.expiredAtMs.slice(before.get(entry));
          const due = dueMs.get(entry);
          if (news.length === 0) {
            expect(due === undefined || due + latenessMs > untilMs).toBe(true);
            continue;
          }
          expect(news).toHaveLength(1);
          expect(news[0]).toBeGreaterThanOrEqual(due ?? Number.POSITIVE_INFINITY);
          expect(news[0]).toBeLessThanOrEqual((due ?? 0) + latenessMs);
          dueMs.delete(entry);
        }
      };
      for (const { action, index, ms } of steps) {
        const entry = entries[index];
        if (entry === undefined) throw new Error("no such entry");
        if (action === "add") {
          list.add(entry);
          dueMs.set(entry, clock.now() + timeoutMs);
        } else if (action === "cancel") {
          entry.deadline.cancel(entry);
          dueMs.delete(entry);
        } else if (action === "clear") {
          list.clear();
          dueMs.clear();
        } else advance(ms);
      }
      advance(timeoutMs + latenessMs);
      expect(dueMs.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test("an entry is on one list at a time: adding it to another takes it off the first", () => {
  const clock = new VirtualClock();
  const [short, long] = [new Deadlines(clock, 10), new Deadlines(clock, 1000)];
  const entry = new Entry(clock);
  short.add(entry);
  long.add(entry);
  clock.advance(500);
  expect(entry.expiredAtMs).toEqual([]);
  clock.advance(600);
  expect(entry.expiredAtMs).toHaveLength(1);
});

test("an entry may be added again by its own expiry", () => {
  const clock = new VirtualClock();
  const list = new Deadlines(clock, timeoutMs);
  const entry = new Entry(clock);
  const again: Expiring = {
    deadline: entry.deadline,
    expire: () => {
      entry.expire();
      if (entry.expiredAtMs.length < 3) list.add(again);
    },
  };
  list.add(again);
  clock.run();
  expect(entry.expiredAtMs).toHaveLength(3);
});
