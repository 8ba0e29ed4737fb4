import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { until } from "../testing/until.ts";
import { connectDatagrams } from "./connected-datagrams.ts";
import { connectNatively } from "./native-datagrams.ts";
import { connectWays, hasIpv6, startEcho } from "./udp.fixture.ts";

const longest = 65_507;

/** Notes what comes; `onDatagram`: what else is done about it. */
function notes(onDatagram: () => void = () => {}) {
  const received: Uint8Array[] = [];
  const errors: string[] = [];
  const reader = {
    onDatagram(bytes: Uint8Array) {
      received.push(bytes);
      onDatagram();
    },
    onError: (code: string) => void errors.push(code),
  };
  return { received, errors, reader };
}

const openFiles = () => readdirSync("/proc/self/fd").length;

const addresses = hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"];

describe.each(connectWays)("%s", (_name, connect) => {
  test("sends one and several, of every length, and keeps what it has received", async () => {
    const echo = await startEcho("");
    const { received, reader } = notes();
    const socket = await connect("127.0.0.1", echo.port, reader);
    const sent = [0, 1, 1472, 9000, longest].map((length, index) => Buffer.alloc(length, index + 1));
    for (const [index, bytes] of sent.entries()) {
      expect(socket.send(bytes)).toBe(true);
      await until("the reply", () => received.length > index);
    }
    const several = Array.from({ length: 40 }, (_, index) => Buffer.from(String(index)));
    expect(socket.sendMany(several)).toBe(several.length);
    await until("all replies", () => received.length === sent.length + several.length);
    const hashes = (list: readonly Uint8Array[]) => list.map((bytes) => `${bytes.length} ${Bun.hash(bytes)}`);
    expect(hashes(received)).toEqual(hashes([...sent, ...several]));
    socket.close();
    echo.close();
  });

  test.each(addresses)("is told that %s refuses, as often as it does", async (hostname) => {
    const dead = await startEcho("x", { hostname });
    dead.close();
    const { errors, reader } = notes();
    const socket = await connect(hostname, dead.port, reader);
    for (let time = 1; time <= 3; time++) {
      socket.send(Buffer.from("x"));
      await until("the refusal", () => errors.length === time);
    }
    expect(new Set(errors)).toEqual(new Set(["ECONNREFUSED"]));
    socket.close();
  });

  test("what is too long is refused, and what came before it is sent", async () => {
    const echo = await startEcho("");
    const { received, errors, reader } = notes();
    const socket = await connect("127.0.0.1", echo.port, reader);
    const tooLong = Buffer.alloc(longest + 1);
    expect(() => socket.send(tooLong)).toThrow("EMSGSIZE");
    expect(() => socket.sendMany([tooLong, Buffer.from("x")])).toThrow("EMSGSIZE");
    expect(socket.sendMany([Buffer.from("x"), tooLong])).toBe(1);
    await until("the reply", () => received.length === 1);
    // Bun tells of it a second time.
    expect(errors.filter((code) => code !== "EMSGSIZE")).toEqual([]);
    socket.close();
    echo.close();
  });

  test("hears nothing any more once it is closed, not of what had come before either", async () => {
    const echo = await startEcho("");
    const other = notes();
    const witness = await connect("127.0.0.1", echo.port, other.reader);
    const { received, errors, reader } = notes(() => socket.close());
    const socket = await connect("127.0.0.1", echo.port, reader);
    socket.sendMany(["a", "b", "c"].map((text) => Buffer.from(text)));
    await until("a reply", () => received.length > 0);
    witness.send(Buffer.from("later"));
    await until("a later one", () => other.received.length > 0);
    expect([received.length, errors.length]).toEqual([1, 0]);
    witness.close();
    echo.close();
  });

  test("leaves no file open, whether it could be opened or not", async () => {
    const { reader } = notes();
    const attempt = async (address: string) => {
      try {
        (await connect(address, 9, reader)).close();
        return "open";
      } catch (error) {
        return (error as Error & { code?: string }).code ?? "no code";
      }
    };
    await attempt("127.0.0.1");
    const before = openFiles();
    const results: string[] = [];
    // To everyone on the network is what a socket has to be allowed first.
    for (let time = 0; time < 20; time++)
      results.push(await attempt("127.0.0.1"), await attempt("255.255.255.255"));
    expect(new Set(results)).toEqual(new Set(["open", "EACCES"]));
    expect(openFiles()).toBe(before);
  });
});

test("a peer that sends much is heard out, and keeps no other waiting", async () => {
  const many = 200;
  const talker = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data: (self, bytes, port, host) => void self.sendMany(Array(many).fill([bytes, port, host]).flat()),
    },
  });
  const echo = await startEcho("");
  const order: string[] = [];
  const listenTo = (name: string) =>
    connectNatively("127.0.0.1", name === "talker" ? talker.port : echo.port, {
      onDatagram: () => void order.push(name),
      onError: () => {},
    });
  const sockets = [listenTo("talker"), listenTo("echo")];
  for (const socket of sockets) socket.send(Buffer.from("x"));
  await until("all of it", () => order.length === many + 1);
  expect(order.indexOf("echo")).toBeLessThan(many / 2);
  for (const each of [...sockets, talker, echo]) each.close();
});

test("an address with a scope is Bun's to look up", async () => {
  const opening = connectDatagrams("fe80::1%lo", 9, notes().reader);
  expect(opening).toBeInstanceOf(Promise);
  const socket = await Promise.resolve(opening).catch(() => undefined);
  socket?.close();
});
