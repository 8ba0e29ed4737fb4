import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { systemClock } from "./clock.ts";

const timeouts = spyOn(globalThis, "setTimeout");
afterEach(() => void timeouts.mockClear());
afterAll(() => timeouts.mockRestore());

const dayMs = 86_400_000;

test("a wait that is past takes no time", async () => {
  await new Promise<void>((resolve) => systemClock.after(-5, resolve));
  expect(timeouts.mock.calls.map(([, ms]) => ms)).toEqual([0]);
});

test("a wait that no timeout can be so long is one after another", () => {
  let runs = 0;
  const timer = systemClock.after(60 * dayMs, () => runs++);
  for (let parts = 1; parts <= 3; parts++) {
    expect(runs).toBe(0);
    expect(timeouts).toHaveBeenCalledTimes(parts);
    const [task] = timeouts.mock.calls.at(-1) ?? [];
    task?.();
  }
  timer.cancel();
  expect(runs).toBe(1);
  const waits = timeouts.mock.calls.map(([, ms = 0]) => ms);
  expect(waits.reduce((sum, ms) => sum + ms)).toBe(60 * dayMs);
  expect(Math.max(...waits)).toBeLessThan(2 ** 31);
});

test("a long wait is called off in whatever part it is", () => {
  const timer = systemClock.after(60 * dayMs, () => {});
  const [first] = timeouts.mock.calls.at(-1) ?? [];
  first?.();
  const handle = timeouts.mock.results.at(-1)?.value;
  const cleared = spyOn(globalThis, "clearTimeout");
  timer.cancel();
  expect(cleared.mock.calls.map(([called]) => called === handle)).toEqual([true]);
  cleared.mockRestore();
});
