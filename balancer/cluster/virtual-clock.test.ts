import { expect, test } from "bun:test";
import fc from "fast-check";
import { VirtualClock } from "./virtual-clock.ts";

test("runs what falls due, in order of time and then of scheduling, each at its own time", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), fc.nat(25), (delays, untilMs) => {
      const clock = new VirtualClock();
      const ran: (readonly [atMs: number, index: number])[] = [];
      for (const [index, delayMs] of delays.entries())
        clock.after(delayMs, () => ran.push([clock.now(), index]));
      clock.advance(untilMs);
      expect(clock.now()).toBe(untilMs);
      const expected = delays
        .map((delayMs, index) => [delayMs, index] as const)
        .filter(([delayMs]) => delayMs <= untilMs)
        .sort(([a], [b]) => a - b);
      expect(ran).toEqual(expected);
    }),
  );
});

test("runs also what its tasks schedule on the way", () => {
  const clock = new VirtualClock();
  const ran: number[] = [];
  const again = () => {
    ran.push(clock.now());
    if (ran.length < 10) clock.after(3, again);
  };
  clock.after(3, again);
  clock.advance(9);
  expect(ran).toEqual([3, 6, 9]);
  clock.run();
  expect(ran).toHaveLength(10);
  expect(clock.now()).toBe(30);
});

test("does not run what was cancelled, and cancelling afterwards is harmless", () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const cancelled = clock.after(5, () => ran.push("cancelled"));
  const kept = clock.after(5, () => ran.push("kept"));
  cancelled.cancel();
  clock.run();
  kept.cancel();
  expect(ran).toEqual(["kept"]);
});

test("a negative delay is due at once, never in the past", () => {
  const clock = new VirtualClock();
  clock.advance(10);
  let ranAtMs = 0;
  clock.after(-5, () => {
    ranAtMs = clock.now();
  });
  clock.advance(0);
  expect(ranAtMs).toBe(10);
});
