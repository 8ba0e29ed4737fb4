import { expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { TraceQueue } from "./trace-queue.ts";
import type { TraceRecord } from "./tracer.ts";

/** A queue before a collector that takes a batch, or not, when it is told to. */
function startQueue() {
  const clock = new VirtualClock();
  const told = { sent: 0, lost: 0, reasons: [] as string[] };
  const open: { readonly size: number; readonly end: (fault?: string) => void }[] = [];
  const queue = new TraceQueue({
    send: ({ length }) => {
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      open.push({ size: length, end: resolve });
      return promise;
    },
    clock,
    onFailing: (reason) => told.reasons.push(reason),
    onSent: (records) => {
      told.sent += records;
    },
    onLost: (records) => {
      told.lost += records;
    },
  });
  const end = async (fault?: string) => {
    open.shift()?.end(fault);
    await Promise.resolve().then(() => {});
  };
  return { queue, clock, told, open, end };
}

const records = (count: number): TraceRecord[] => Array.from({ length: count }, () => ({}) as TraceRecord);

test("one batch is on its way at a time, and what comes meanwhile goes together", async () => {
  const { queue, told, open, end } = startQueue();
  queue.add(records(3));
  queue.add(records(4));
  queue.add(records(5));
  expect(open.map(({ size }) => size)).toEqual([3]);
  await end();
  expect(open.map(({ size }) => size)).toEqual([9]);
  await end();
  expect(told).toEqual({ sent: 12, lost: 0, reasons: [] });
});

test("what has no room is lost, and why is told once until the collector is back", async () => {
  const { queue, told, open, end } = startQueue();
  queue.add(records(1));
  queue.add(records(8190));
  queue.add(records(5));
  expect(told.lost).toBe(3);
  await end("away");
  await end("still away");
  expect(told).toMatchObject({ lost: 3 + 1 + 512, reasons: ["away"] });
  await end();
  await end("away again");
  expect(told.reasons).toEqual(["away", "away again"]);
  expect(open).toHaveLength(1);
});

test("at the end the collector has three seconds, and nothing counts twice", async () => {
  const { queue, clock, told, end } = startQueue();
  queue.add(records(2));
  queue.add(records(3));
  let isClosed = false;
  const closing = queue.close().then(() => {
    isClosed = true;
  });
  clock.advance(2999);
  await Promise.resolve();
  expect(isClosed).toBe(false);
  clock.advance(1);
  await closing;
  expect(told).toEqual({ sent: 0, lost: 5, reasons: [] });
  await end();
  queue.add(records(1));
  expect(told).toEqual({ sent: 0, lost: 6, reasons: [] });
});
