import { ptr } from "bun:ffi";
import { expect, spyOn, test } from "bun:test";
import { fstatSync, openSync } from "node:fs";
import { fixedWords } from "../sockets/fixed-memory.ts";
import { libc, systemError } from "../sockets/libc.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until, untilSteady } from "../testing/until.ts";
import { acceptNatively } from "./native-accept.ts";
import { dialNatively } from "./native-dial.ts";
import { NativeSocket } from "./native-socket.ts";
import { receivedBytes } from "./received.ts";
import { type SocketEvents, unheard } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

const opened = stopAfterEach();
const [afUnix, stream] = [1, 1];
const [urgent, peek, atOnce] = [1, 2, 0x40];

/** Both ends of a connection; `told` is what the accepted one is told, until a test gives it other events. */
interface Pair {
  readonly client: NativeSocket;
  readonly socket: NativeSocket;
  readonly told: string[];
}

const noted = (told: string[]): SocketEvents => ({
  ...unheard,
  onSocketData: (bytes, from, to) => void told.push(`data ${bytes.toString("latin1", from, to)}`),
  onSocketEnd: () => void told.push("end"),
  onSocketClose: (isReset) => void told.push(isReset ? "reset" : "close"),
});

/** So many connections, one made after the other. */
async function pairs(count: number): Promise<Pair[]> {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { fd } = server as typeof server & { readonly fd: number };
  const accepted: NativeSocket[] = [];
  const stop = acceptNatively(fd, unheard, true, (socket) => accepted.push(socket));
  opened({
    stop() {
      stop();
      server.stop(true);
      for (const socket of accepted) socket.terminate();
    },
  });
  const made: Pair[] = [];
  while (made.length < count) {
    const { promise, resolve, reject } = Promise.withResolvers<StreamSocket>();
    const client = dialNatively(
      "127.0.0.1",
      server.port,
      { ...unheard, onSocketOpen: resolve },
      true,
      reject,
    );
    await promise;
    const socket = await until("the accepted end", () => accepted[made.length]);
    const told: string[] = [];
    socket.data = noted(told);
    made.push({ client: client as NativeSocket, socket, told });
    opened({ stop: () => client?.terminate() });
  }
  return made;
}

async function pair(): Promise<Pair> {
  const [one] = await pairs(1);
  if (one === undefined) throw new Error("no connection");
  return one;
}

function setReceiveBuffer(fd: number, bytes: number): void {
  const [solSocket, receiveBuffer] = [1, 8];
  libc().setsockopt(fd, solSocket, receiveBuffer, ptr(Int32Array.of(bytes)), 4);
}

/** Over loopback a packet has come when the call that sends it returns. */
function packetsReceived(fd: number): number {
  const [tcp, tcpInfo, segmentsInAt] = [6, 11, 140];
  const info = new DataView(new ArrayBuffer(256));
  if (libc().getsockopt(fd, tcp, tcpInfo, ptr(info), ptr(Int32Array.of(info.byteLength))) !== 0)
    throw systemError("getsockopt");
  return info.getUint32(segmentsInAt, true);
}

/** As many as make sure that what comes to all of them at once is read first, and handled then. */
async function busyPairs(): Promise<Pair[]> {
  const all = await pairs(68);
  sendAll(all, Buffer.from("-"));
  await until("all have it", () => all.every(({ told }) => told.length > 0));
  for (const { told } of all) told.length = 0;
  return all;
}

/** Has all clients' bytes be there before any is read; returns how many. */
function sendAll(all: readonly Pair[], bytes: Buffer): number {
  let sent = 0;
  for (const { client, socket } of all) {
    socket.pause();
    sent += client.write(bytes);
  }
  for (const { socket } of all) socket.resume();
  return sent;
}

test("reads on behind urgent data, which the system stops at", async () => {
  const { client, socket, told } = await pair();
  socket.pause();
  client.write("before");
  libc().send(client.fd, Buffer.from("!"), 1, urgent);
  client.write("behind");
  socket.resume();
  await until("what stands behind", () => told.join("").includes("behind"));
  expect(told).toEqual(["data before", "data behind"]);
});

test.each(["open", "paused", "half-open"])(
  "is told of a reset that a write has met first, %s",
  async (state) => {
    const { client, socket, told } = await pair();
    if (state === "paused") socket.pause();
    if (state === "half-open") {
      client.shutdown();
      await until("the end", () => told.shift() === "end");
    }
    // Over loopback it has arrived when this returns; the system tells each error once.
    client.terminate();
    expect(socket.write("x")).toBeLessThan(0);
    await until("the reset", () => told.length > 0);
    expect(told).toEqual(["reset"]);
  },
);

test("reads on where there was room for a part alone, though nothing more comes", async () => {
  const all = await busyPairs();
  const part = Buffer.alloc(32_768, "x");
  // With what these leave for it.
  const before = all.slice(0, (receivedBytes - 65_536) / part.length);
  const last = all[before.length];
  if (last === undefined) throw new Error("too few connections");
  setReceiveBuffer(last.socket.fd, 425_984);
  let read = 0;
  last.socket.data = {
    ...unheard,
    onSocketData(_bytes, from, to) {
      read += to - from;
    },
  };
  last.socket.pause();
  const sent = last.client.write(Buffer.alloc(200_000, "y"));
  const there = Buffer.alloc(sent);
  await until("all of it", () => libc().recv(last.socket.fd, there, sent, peek) === sent);
  expect(sent).toBeGreaterThan(65_536);
  for (const { client, socket } of before) {
    socket.pause();
    client.write(part);
  }
  for (const { socket } of [...before, last]) socket.resume();
  await until("all is read", () => read === sent);
});

test("does not read once a handler that had to go first has closed it", async () => {
  const all = await busyPairs();
  const others = all.slice(1).map(({ socket }) => socket.fd);
  const { view: ends, at: endsAt } = fixedWords(2);
  const inTheirPlace: number[] = [];
  let isFirst = true;
  for (const { socket } of all)
    socket.data = {
      ...unheard,
      onSocketData() {
        if (!isFirst) return;
        isFirst = false;
        for (const other of all) if (other.socket !== socket) other.socket.end();
        // The system gives out the lowest number that is free: theirs.
        for (const _fd of others) {
          libc().socketpair(afUnix, stream, 0, endsAt);
          const [one = -1, another = -1] = ends;
          libc().send(one, Buffer.from("a"), 1, 0);
          libc().send(another, Buffer.from("b"), 1, 0);
          inTheirPlace.push(one, another);
        }
      },
    };
  // Not all of it fits into the memory that waits to be handled: somebody is read only when the first ones have been.
  expect(sendAll(all, Buffer.alloc(32_768, "x"))).toBeGreaterThan(2 * receivedBytes);
  await until("the handler", () => !isFirst);
  await untilSteady("what is read", () => inTheirPlace.length);
  expect(others.filter((fd) => inTheirPlace.includes(fd)).length).toBeGreaterThan(0);
  const byte = new Uint8Array(1);
  const left = inTheirPlace.filter((fd) => libc().recv(fd, ptr(byte), 1, atOnce) === 1);
  for (const fd of inTheirPlace) libc().close(fd);
  expect(left).toEqual(inTheirPlace);
});

test("whose handler throws at its end as well costs no other", async () => {
  const reports = spyOn(console, "error").mockImplementation(() => {});
  const all = await busyPairs();
  const [bad] = all;
  const fault = () => {
    throw new Error("a bug");
  };
  if (bad !== undefined) bad.socket.data = { ...unheard, onSocketData: fault, onSocketClose: fault };
  sendAll(all, Buffer.from("hello"));
  await until("the others", () => all.every(({ told }, index) => index === 0 || told.length > 0));
  expect(reports).toHaveBeenCalledTimes(2);
  reports.mockRestore();
});

test.each(["end", "shutdown"] as const)(
  "sends its end in one packet with the last bytes, by %s",
  async (how) => {
    const { client, socket } = await pair();
    client.pause();
    socket.write("first, ");
    const before = packetsReceived(client.fd);
    expect(socket.writeLast(Buffer.from("and last"), 4, 4)).toBe(4);
    expect(packetsReceived(client.fd) - before).toBe(0);
    socket[how]();
    expect(packetsReceived(client.fd) - before).toBe(1);
    const told: string[] = [];
    client.data = noted(told);
    client.resume();
    await until("the end", () => told.includes("end"));
    expect(told).toEqual(["data first, last", "end"]);
  },
);

test("a descriptor that can't be watched is closed, and the system's error told", () => {
  const fd = openSync(import.meta.path, "r");
  expect(() => new NativeSocket(fd, unheard, true)).toThrow("EPERM: epoll_ctl");
  expect(() => fstatSync(fd)).toThrow("EBADF");
});
