import { expect, spyOn, test } from "bun:test";
import { connect, type Socket as NodeSocket } from "node:net";
import type { Socket } from "bun";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { type SocketEvents, socketHandlers } from "./socket-events.ts";

const opened = stopAfterEach();

/** A server whose sockets tell `log` of their events, each with the number of its connection. */
function listen(log: string[], onData: (bytes: Buffer, socket: Socket<SocketEvents>) => void = () => {}) {
  let count = 0;
  const server = Bun.listen<SocketEvents>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      ...socketHandlers,
      open(socket) {
        const number = count++;
        socket.data = {
          onSocketOpen() {},
          onSocketHandshake() {},
          onSocketDrain() {},
          onSocketData(bytes) {
            log.push(`${number} data ${bytes}`);
            onData(bytes, socket);
          },
          onSocketEnd() {
            log.push(`${number} end`);
            socket.end();
          },
          onSocketClose(isReset) {
            log.push(`${number} ${isReset ? "reset" : "close"}`);
          },
        };
      },
    },
  });
  opened({ stop: () => server.stop(true) });
  const client = async (): Promise<NodeSocket> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = connect(server.port, "127.0.0.1", resolve);
    socket.on("error", () => {});
    await promise;
    return socket;
  };
  return { client };
}

test("what a socket has brought comes before its end, however many are ready", async () => {
  const log: string[] = [];
  const { client } = listen(log);
  const clients = await Promise.all(Array.from({ length: 50 }, client));
  for (const socket of clients) socket.end("hello");
  await until("all are closed", () => log.filter((line) => line.endsWith("close")).length === 50);
  for (let number = 0; number < 50; number++) {
    const own = log.filter((line) => line.startsWith(`${number} `));
    expect(own).toEqual([`${number} data hello`, `${number} end`, `${number} close`]);
  }
});

test("a handler that throws costs its own connection alone, and is told of", async () => {
  const log: string[] = [];
  const reports = spyOn(console, "error").mockImplementation(() => {});
  const { client } = listen(log, (bytes, socket) => {
    if (bytes.toString() === "bad") throw new Error("a bug");
    socket.write("fine");
  });
  const clients = await Promise.all(Array.from({ length: 20 }, client));
  const answers: string[] = [];
  let closed = 0;
  for (const [index, socket] of clients.entries()) {
    socket.on("data", (bytes) => answers.push(bytes.toString()));
    socket.on("close", () => closed++);
    socket.write(index % 2 === 0 ? "bad" : "good");
  }
  await until("all have their answer or their end", () => answers.length === 10 && closed === 10);
  expect(reports).toHaveBeenCalledTimes(10);
  reports.mockRestore();
  for (const socket of clients) socket.destroy();
});
