import { afterEach, expect, test } from "bun:test";
import { until } from "../../testing/until.ts";
import { type SocketEvents, socketHandlers } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import { ClientOutput } from "./client-output.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

test("a client whose reset is met by a write is told as gone, though nothing is read of it", async () => {
  let socket: StreamSocket | undefined;
  let closes = 0;
  const data: SocketEvents = {
    onSocketOpen: (opened) => {
      socket = opened;
    },
    onSocketHandshake() {},
    onSocketData() {},
    onSocketDrain() {},
    onSocketEnd() {},
    onSocketClose: () => closes++,
  };
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      ...socketHandlers,
      open: (opened) => {
        opened.data = data;
        data.onSocketOpen(opened);
      },
    },
    data,
  });
  cleanups.push(() => listener.stop(true));
  const client = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } });
  const accepted = await until("the client is accepted", () => socket);
  accepted.pause();
  client.terminate();
  new ClientOutput(accepted).write(new Uint8Array(20_000), 0, 20_000);
  await until("it is told", () => closes > 0);
  expect(closes).toBe(1);
});

test("what is left when the connection is to end is told as the last, where the socket has a word for that", () => {
  const sent: string[] = [];
  const note = (how: string) => (bytes: Uint8Array | string, from: number, length: number) => {
    sent.push(`${how} ${Buffer.from(bytes).toString("latin1", from, from + length)}`);
    return length;
  };
  const without = { write: note("write") } as unknown as StreamSocket;
  const having = { write: note("write"), writeLast: note("last") } as unknown as StreamSocket;
  for (const socket of [having, without]) {
    const output = new ClientOutput(socket);
    output.buffer.latin1("interim");
    output.flush();
    output.buffer.latin1("answer");
    output.finish();
    output.finish();
  }
  expect(sent).toEqual(["write interim", "last answer", "write interim", "write answer"]);
});
