import { expect, test } from "bun:test";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { listeningSockets, socketsOn } from "./listening.ts";
import { epollEvent, openOn, ownSocketsOn, stopAccepting } from "./poll.ts";

const opened = stopAfterEach();

function speak(word: string, port = 0, hostname = "127.0.0.1") {
  const socket = { data() {}, open: (client: { end(data: string): void }) => client.end(word) };
  const server = Bun.listen({ hostname, port, socket });
  opened(server);
  return server;
}

async function hear(port: number): Promise<string> {
  const heard = Promise.withResolvers<string>();
  const socket = {
    data: (_: unknown, bytes: Buffer) => heard.resolve(String(bytes)),
    close: () => heard.resolve("closed"),
  };
  await Bun.connect({ hostname: "127.0.0.1", port, socket });
  return heard.promise;
}

test("an event is laid out as the architecture has it", () => {
  const event = { events: 0x19, data: 0x0807060504030201n };
  const bytes = [1, 2, 3, 4, 5, 6, 7, 8];
  expect([...epollEvent(event, "x64")]).toEqual([0x19, 0, 0, 0, ...bytes]);
  expect([...epollEvent(event, "arm64")]).toEqual([0x19, 0, 0, 0, 0, 0, 0, 0, ...bytes]);
});

test("sockets that wait for clients are found by their address, and no others", async () => {
  const server = speak("a");
  await hear(server.port);
  const found = socketsOn(listeningSockets(), "tcp", { hostname: "127.0.0.1", port: server.port });
  expect(found).toMatchObject([{ transport: "tcp", hostname: "127.0.0.1", port: server.port }]);
  expect(socketsOn(found, "tcp", { hostname: "localhost", port: server.port })).toHaveLength(1);
  const beside = speak("b", server.port, "127.0.0.2");
  expect(socketsOn(listeningSockets(), "tcp", { hostname: "localhost", port: server.port })).toEqual(found);
  beside.stop();
  for (const [transport, hostname, port] of [
    ["udp", "127.0.0.1", server.port],
    ["tcp", "127.0.0.2", server.port],
    ["tcp", "127.0.0.1", server.port + 1],
  ] as const)
    expect(socketsOn(found, transport, { hostname, port })).toHaveLength(0);
  server.stop();
  expect(ownSocketsOn("tcp", { hostname: "127.0.0.1", port: server.port })).toHaveLength(0);
});

test("a server that is open and can't be told apart is closed again", () => {
  const free = speak("free");
  const { port } = free;
  free.stop();
  const refuse = () => {
    throw new Error("no more files may be open");
  };
  const listen = { hostname: "127.0.0.1", port };
  expect(() => openOn(listen, [], (at) => speak("a", at.port), refuse)).toThrow("no more files may be open");
  expect(speak("b", port).port).toBe(port);
});

test("IPv6 and UDP sockets are found too", async () => {
  const udp = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0 });
  const six = speak("six", 0, "::1");
  expect(ownSocketsOn("udp", { hostname: "127.0.0.1", port: udp.port })).toHaveLength(1);
  expect(ownSocketsOn("tcp", { hostname: "::1", port: six.port })).toHaveLength(1);
  udp.close();
});

test("a server gets the socket of another, and no connection is lost when that one goes", async () => {
  const first = speak("first");
  const listen = { hostname: "127.0.0.1", port: first.port };
  const [held = -1] = ownSocketsOn("tcp", listen);
  stopAccepting(held);
  // In the queue of a socket that nobody accepts from.
  const waiting = Array.from({ length: 20 }, () => hear(listen.port));
  openOn(
    listen,
    [held],
    ({ port, hostname }) => speak("second", port, hostname),
    (server) => server.port,
  );
  first.stop();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["second"]));
  expect(await hear(listen.port)).toBe("second");
});

test("Bun.serve gets a socket as well, and one after the other is refused", async () => {
  const first = speak("first");
  const listen = { hostname: "127.0.0.1", port: first.port };
  const [opening] = openOn(
    listen,
    ownSocketsOn("tcp", listen),
    (at) => Bun.serve({ ...at, development: false, fetch: () => new Response("second") }),
    ({ port = 0 }) => port,
  );
  first.stop();
  expect(await (await fetch(`http://127.0.0.1:${listen.port}`)).text()).toBe("second");
  await opening?.server.stop(true);
  expect(fetch(`http://127.0.0.1:${listen.port}`)).rejects.toThrow();
});
