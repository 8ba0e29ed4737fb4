import { expect, test } from "bun:test";
import type { ChoosingResult, ChoosingTask } from "../testing/choosing-thread.ts";
import { systemClock, zeroEpochMs } from "./clock.ts";
import { groupMemoryBytes, targetMemory, viewGroupMemory } from "./group-memory.ts";
import { Target } from "./target.ts";

const entry = new URL("../testing/choosing-thread.ts", import.meta.url).href;
const threads = 2;
const targetCount = 4;
const attempts = 100_000;

function choose(buffer: SharedArrayBuffer, thread: number): Promise<ChoosingResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ChoosingResult>();
  const worker = new Worker(entry);
  worker.addEventListener("message", ({ data }) => {
    worker.terminate();
    resolve(data);
  });
  worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  const task: ChoosingTask = {
    buffer,
    targetCount,
    thread,
    attempts,
    threadCount: threads + 1,
    zeroEpochMs: zeroEpochMs(),
  };
  worker.postMessage(task);
  return promise;
}

test("threads that choose at the same time lose no count and no turn, and count time alike", async () => {
  const buffer = new SharedArrayBuffer(groupMemoryBytes(targetCount, threads + 1));
  const startedAtMs = systemClock.now();
  const results = await Promise.all(Array.from({ length: threads }, (_, index) => choose(buffer, index + 1)));
  const endedAtMs = systemClock.now();

  const memory = viewGroupMemory(buffer, targetCount, threads + 1, 0);
  const targets = Array.from(
    { length: targetCount },
    (_, index) => new Target(`t${index}`, "http://t", 1, undefined, 1000, targetMemory(memory, index)),
  );
  // By turns, each target gets its part to the last one.
  const part = (threads * attempts) / targetCount;
  expect(targets.map((target) => target.requests)).toEqual(targets.map(() => part));
  expect(targets.map((target) => target.inFlight)).toEqual(targets.map(() => 0));
  expect(targets.reduce((sum, target) => sum + target.failures, 0)).toBe((threads * attempts) / 2);
  for (const { nowMs } of results) {
    expect(nowMs).toBeGreaterThan(startedAtMs - 2);
    expect(nowMs).toBeLessThan(endedAtMs + 2);
  }
});
