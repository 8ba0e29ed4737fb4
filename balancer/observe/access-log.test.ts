import { expect, test } from "bun:test";
import { Writable } from "node:stream";
import fc from "fast-check";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { until } from "../testing/until.ts";
import { AccessLog } from "./access-log.ts";
import { JsonLines } from "./lines/json-lines.ts";
import { loggedExchange as exchange, loggedRequest as request } from "./logged.fixture.ts";
import type { LoggedExchange, LoggedRequest } from "./logged.ts";

/** A log into memory; `isStuck` makes a sink that takes a write and waits for `release`, `failure` one that fails at it. */
function start({ isStuck = false, failure }: { isStuck?: boolean; failure?: Error } = {}) {
  const clock = new VirtualClock();
  const writes: string[] = [];
  const faults: string[] = [];
  const stuck: (() => void)[] = [];
  const sink = new Writable({
    write(bytes: Uint8Array, _encoding, done) {
      writes.push(Buffer.from(bytes).toString("utf8"));
      if (isStuck) stuck.push(done);
      else done(failure);
    },
  });
  const release = () => {
    for (let done = stuck.shift(); done !== undefined; done = stuck.shift()) done();
  };
  const lost: number[] = [];
  const log = new AccessLog({
    sink,
    reopen: undefined,
    format: new JsonLines(),
    clock,
    onFault: (fault) => faults.push(fault),
    onLost: (lines) => lost.push(lines),
  });
  const record = (from: LoggedRequest, status: number, how: LoggedExchange) =>
    log.record(from, status, how, clock.now());
  const lostLines = () => lost.reduce((sum, lines) => sum + lines, 0);
  return { clock, writes, faults, sink, release, log, record, lostLines };
}

test("a line says what happened, in whole", () => {
  const { clock, writes, record } = start();
  clock.advance(2.25);
  record(request, 200, exchange);
  record(request, 503, { ...exchange, target: undefined, firstByteMs: undefined, fault: "connect: x" });
  clock.advance(200);
  const [first, second] = writes
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(first).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    client: "192.0.2.1",
    method: "GET",
    host: "h",
    path: "/a?b",
    status: 200,
    bytes: 12,
    ms: 2.25,
    group: "g",
    attempts: 1,
    target: "t",
    firstByteMs: 1.5,
  });
  expect(second).toMatchObject({ status: 503, fault: "connect: x" });
  expect(second).not.toHaveProperty("target");
});

test("any texts and numbers come back from the JSON as they were, in order", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const entry = fc.record({
    client: text,
    host: text,
    path: text,
    fault: fc.option(text, { nil: undefined }),
    bytes: fc.nat(),
    ms: fc.nat(10 ** 8),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 10 }), (entries) => {
      const { clock, writes, record } = start();
      for (const { client, host, path, fault, bytes, ms } of entries) {
        record({ ...request, client, host, path }, 200, {
          ...exchange,
          fault,
          bytesReceived: bytes,
          firstByteMs: ms / 1000,
        });
      }
      clock.advance(1000);
      const lines = writes
        .join("")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
      expect(
        lines.map(({ client, host, path, fault, bytes, firstByteMs }) => ({
          client,
          host,
          path,
          fault,
          bytes,
          ms: Math.round(firstByteMs * 1000),
        })),
      ).toEqual(entries);
    }),
  );
});

test("lines are gathered: one write for many, soon after the first, or when they are many", () => {
  const { clock, writes, record } = start();
  for (let i = 0; i < 100; i++) record(request, 200, exchange);
  expect(writes).toEqual([]);
  clock.advance(200);
  expect(writes).toHaveLength(1);
  for (let i = 0; i < 8000; i++) record(request, 200, exchange);
  expect(writes.length).toBeGreaterThan(2);
  clock.advance(200);
  expect(writes.join("").split("\n")).toHaveLength(8101);
});

test("closing writes what is left", async () => {
  const { log, writes, record } = start();
  record(request, 200, exchange);
  await log.close();
  expect(writes.join("").split("\n")).toHaveLength(2);
});

test("a sink that does not keep up costs lines, not memory, and is told of once until it has caught up", async () => {
  const { faults, record, lostLines, sink, release } = start({ isStuck: true });
  const path = "/".padEnd(10_000, "x");
  const told = "access log: the sink does not keep up; lines are dropped";
  const overwhelm = () => {
    for (let i = 0; i < 4000; i++) record({ ...request, path }, 200, exchange);
  };
  overwhelm();
  expect(lostLines()).toBeGreaterThan(1000);
  expect(faults).toEqual([told]);
  await until("it has caught up", () => {
    release();
    return sink.writableLength === 0;
  });
  overwhelm();
  expect(faults).toEqual([told, told]);
});

test("a sink that is stuck does not hold up the end", async () => {
  const { clock, log, record } = start({ isStuck: true });
  record(request, 200, exchange);
  const closed = log.close();
  clock.advance(5000);
  await closed;
});

test("a sink that fails is told of, and the log goes on without it", async () => {
  const { clock, log, sink, faults, record, lostLines } = start();
  sink.destroy(new Error("disk full"));
  await new Promise((resolve) => sink.once("close", resolve));
  record(request, 200, exchange);
  clock.advance(200);
  await log.close();
  expect(faults).toEqual(["access log: disk full"]);
  expect(lostLines()).toBe(1);
});

test("lines that were given to a sink that fails at them are lost too", async () => {
  const { clock, sink, faults, record, lostLines } = start({ failure: new Error("broken pipe") });
  const closed = new Promise((resolve) => sink.once("close", resolve));
  record(request, 200, exchange);
  record(request, 200, exchange);
  clock.advance(200);
  await closed;
  expect(lostLines()).toBe(2);
  record(request, 200, exchange);
  clock.advance(200);
  expect(lostLines()).toBe(3);
  expect(faults).toEqual(["access log: broken pipe"]);
});
