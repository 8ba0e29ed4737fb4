import { describe, expect, spyOn, test } from "bun:test";
import { connect, type Socket as NodeSocket } from "node:net";
import { seededRandom } from "../cluster/random.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { acceptNatively } from "./native-accept.ts";
import { type SocketEvents, socketHandlers, unheard } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

const opened = stopAfterEach();

/** A server whose sockets are of one kind or the other, all of them half-open where a client ends. */
type Listen = (accept: (socket: StreamSocket) => void) => number;

const buns: Listen = (accept) => {
  const server = Bun.listen<SocketEvents>({ ...anywhere, socket: { ...socketHandlers, open: accept } });
  opened({ stop: () => server.stop(true) });
  return server.port;
};

const ours: Listen = (accept) => {
  const server = Bun.listen<SocketEvents>({ ...anywhere, socket: socketHandlers });
  const { fd } = server as typeof server & { readonly fd: number };
  const stop = acceptNatively(fd, unheard, true, accept);
  opened({
    stop() {
      stop();
      server.stop(true);
    },
  });
  return server.port;
};

const anywhere = { hostname: "127.0.0.1", port: 0, allowHalfOpen: true, data: unheard };

async function clientOf(port: number, localAddress = "127.0.0.1"): Promise<NodeSocket> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({ port, host: "127.0.0.1", localAddress, allowHalfOpen: true }, resolve);
  socket.on("error", () => {});
  opened({ stop: () => socket.destroy() });
  await promise;
  return socket;
}

/** What a client gets, and how it ends. */
function follow(client: NodeSocket) {
  const seen = { bytes: 0, end: false, error: undefined as string | undefined, closed: false };
  client.on("data", (bytes) => {
    seen.bytes += bytes.length;
  });
  client.on("end", () => {
    seen.end = true;
  });
  client.on("error", (error: Error & { code?: string }) => {
    seen.error = error.code;
  });
  client.on("close", () => {
    seen.closed = true;
  });
  return seen;
}

describe.each([
  ["Bun's", buns],
  ["of our own", ours],
] as const)("a stream's socket, %s", (_name, listen) => {
  /** The server's side of one connection, with a note of what it is told. */
  async function pair(events: Partial<SocketEvents> = {}) {
    const accepted = Promise.withResolvers<StreamSocket>();
    const told: string[] = [];
    const port = listen((socket) => {
      socket.data = {
        ...unheard,
        onSocketData: (bytes, from, to) => void told.push(`data ${bytes.toString("utf8", from, to)}`),
        onSocketEnd: () => void told.push("end"),
        onSocketClose: (isReset) => void told.push(isReset ? "reset" : "close"),
        ...events,
      };
      accepted.resolve(socket);
    });
    const client = await clientOf(port);
    return { client, socket: await accepted.promise, told };
  }

  test("tells what it has brought before its end, however many are ready", async () => {
    const told: string[] = [];
    let count = 0;
    const port = listen((socket) => {
      const number = count++;
      socket.data = {
        ...unheard,
        onSocketData: (bytes, from, to) =>
          void told.push(`${number} data ${bytes.toString("utf8", from, to)}`),
        onSocketEnd() {
          told.push(`${number} end`);
          socket.end();
        },
        onSocketClose: (isReset) => void told.push(`${number} ${isReset ? "reset" : "close"}`),
      };
    });
    const clients = await Promise.all(Array.from({ length: 50 }, () => clientOf(port)));
    for (const socket of clients) socket.end("hello");
    await until("all are closed", () => told.filter((line) => line.endsWith("close")).length === 50);
    for (let number = 0; number < 50; number++) {
      const own = told.filter((line) => line.startsWith(`${number} `));
      expect(own).toEqual([`${number} data hello`, `${number} end`, `${number} close`]);
    }
  });

  test("whose handler throws costs its own connection alone, and is told of", async () => {
    const reports = spyOn(console, "error").mockImplementation(() => {});
    const port = listen((socket) => {
      socket.data = {
        ...unheard,
        onSocketData(bytes, from, to) {
          if (bytes.toString("utf8", from, to) === "bad") throw new Error("a bug");
          socket.write("fine");
        },
      };
    });
    const clients = await Promise.all(Array.from({ length: 20 }, () => clientOf(port)));
    const seen = clients.map(follow);
    for (const [index, socket] of clients.entries()) socket.write(index % 2 === 0 ? "bad" : "good");
    await until("all have their answer or their end", () =>
      seen.every(({ bytes, closed }, index) => (index % 2 === 0 ? closed : bytes === 4)),
    );
    expect(reports).toHaveBeenCalledTimes(10);
    reports.mockRestore();
  });

  test("goes on in the other direction when the peer sends no more", async () => {
    const { client, socket, told } = await pair();
    const seen = follow(client);
    client.end("question");
    await until("the end", () => told.includes("end"));
    expect(socket.write("answer")).toBe(6);
    socket.end();
    await until("the answer", () => seen.end);
    expect([seen.bytes, seen.error]).toEqual([6, undefined]);
    expect(told).toEqual(["data question", "end", "close"]);
  });

  test("that sends no more still reads, and is closed by the peer's end", async () => {
    const { client, socket, told } = await pair();
    const seen = follow(client);
    socket.write("all");
    socket.shutdown();
    expect(socket.write("more")).toBeLessThan(0);
    await until("the end", () => seen.end);
    client.end("late");
    await until("the close", () => told.at(-1) === "close");
    expect([seen.bytes, told]).toEqual([3, ["data late", "close"]]);
  });

  test("takes what fits, tells when it takes more, and loses nothing", async () => {
    const bytes = Buffer.alloc(20_000_000, "abcdefghijk");
    let sent = 0;
    let drains = 0;
    const { client, socket } = await pair({
      onSocketDrain() {
        drains++;
        sent += socket.write(bytes, sent, bytes.length - sent);
      },
    });
    sent = socket.write(bytes);
    expect(sent).toBeLessThan(bytes.length);
    const chunks: Buffer[] = [];
    client.on("data", (chunk: Buffer) => chunks.push(chunk));
    await until("all is sent", () => sent === bytes.length);
    socket.end();
    await until("all is there", () => chunks.reduce((sum, { length }) => sum + length, 0) === bytes.length);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect(drains).toBeGreaterThan(0);
  });

  test("that is paused reads nothing until it is resumed", async () => {
    const { client, socket, told } = await pair();
    socket.pause();
    client.write("later");
    await Bun.sleep(5);
    expect(told).toEqual([]);
    socket.resume();
    await until("the bytes", () => told.length > 0);
    expect(told).toEqual(["data later"]);
  });

  test("loses nothing however it is paused and resumed, and tells the end last", async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_017 }, (_, index) => index % 251));
    const chunks: Buffer[] = [];
    const random = seededRandom(3);
    const { client, socket, told } = await pair({
      onSocketData(data, from, to) {
        chunks.push(Buffer.from(data.subarray(from, to)));
        if (random() < 0.5) socket.pause();
        if (random() < 0.3) socket.resume();
        else if (random() < 0.5) setImmediate(() => socket.resume());
        else setTimeout(() => socket.resume(), 1);
      },
    });
    for (let at = 0; at < bytes.length; ) {
      const to = at + 1 + Math.floor(random() * 200_000);
      client.write(bytes.subarray(at, to));
      at = to;
    }
    client.end();
    await until("the end", () => told.length > 0);
    expect([Buffer.concat(chunks).equals(bytes), told]).toEqual([true, ["end"]]);
  });

  test("tells of a reset as of no orderly close", async () => {
    const { client, told } = await pair();
    client.resetAndDestroy();
    await until("the reset", () => told.length > 0);
    expect(told).toEqual(["reset"]);
  });

  test("resets the connection when it is terminated, and takes nothing then", async () => {
    const { client, socket, told } = await pair();
    const seen = follow(client);
    socket.terminate();
    await until("the reset", () => seen.closed);
    expect(seen.error).toBe("ECONNRESET");
    expect(socket.write("x")).toBeLessThan(0);
    for (const again of [
      () => socket.end(),
      () => socket.terminate(),
      () => socket.pause(),
      () => socket.resume(),
    ])
      again();
    expect(told).toEqual(["close"]);
  });

  test("knows both ends' addresses", async () => {
    const { client, socket } = await pair();
    expect([socket.remoteAddress, socket.remotePort]).toEqual(["127.0.0.1", client.localPort ?? 0]);
    expect([socket.localAddress, socket.localPort]).toEqual(["127.0.0.1", client.remotePort ?? 0]);
  });
});

test("to stop accepting twice leaves whoever has the descriptor by then alone", async () => {
  const server = Bun.listen<SocketEvents>({ ...anywhere, socket: socketHandlers });
  const { fd } = server as typeof server & { readonly fd: number };
  const stop = acceptNatively(fd, unheard, true, () => {});
  stop();
  server.stop(true);
  let sockets = 0;
  const others = Array.from({ length: 5 }, () =>
    ours((socket) => {
      sockets++;
      socket.end();
    }),
  );
  stop();
  for (const port of others) follow(await clientOf(port));
  await until("all are heard", () => sockets === others.length);
});
