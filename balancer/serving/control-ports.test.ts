import { describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { ControlClient, failed, registering, successful, unregistering } from "../control/control.fixture.ts";
import type { StatusDocument } from "../observe/status.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const opened = stopAfterEach();

async function start(more: object = {}) {
  const log: string[] = [];
  const control = { listen: "127.0.0.1:0", bind: "127.0.0.1", policy: "round-robin" };
  const parsed = parseConfig(JSON.stringify({ listeners: [], groups: {}, control, ...more }), "lb.json");
  if (!parsed.ok) throw new Error(parsed.faults.join("\n"));
  const balancer = await startBalancer(parsed.config, (line) => log.push(line));
  opened({ stop: () => balancer.stop() });
  const connectControl = async (address: string) => {
    const client = await ControlClient.connect(Number(/\d+$/.exec(balancer.control ?? "")?.[0]), address);
    opened({ stop: () => client.socket.destroy() });
    return client;
  };
  return { balancer, log, connectControl };
}

/** An HTTP server that answers with its address. */
function serveHttp(hostname: string, port: number) {
  const server = Bun.serve({ hostname, port, fetch: () => new Response(hostname) });
  opened({ stop: () => server.stop(true) });
  return server;
}

/** The answers of `count` requests, each on a connection of its own. */
async function answers(port: number, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    found.push(await response.text());
  }
  return found;
}

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

for (const protocol of ["tcp", "api"]) {
  test(`${protocol}: servers share a port, one that goes gets no more, the last one closes it`, async () => {
    const { connectControl } = await start();
    const port = unusedPort();
    const addresses = ["127.0.0.2", "127.0.0.3"];
    for (const address of addresses) serveHttp(address, port);
    const [one, two] = (await Promise.all(addresses.map(connectControl))) as [ControlClient, ControlClient];
    for (const client of [one, two])
      expect(await client.ask(registering(port, { protocol }))).toEqual(successful);
    expect(new Set(await answers(port, 4))).toEqual(new Set(addresses));
    expect(await one.ask(unregistering(port, { protocol }))).toEqual(successful);
    expect(new Set(await answers(port, 3))).toEqual(new Set(["127.0.0.3"]));
    expect(await two.ask(unregistering(port, { protocol }))).toEqual(successful);
    expect(await isOpen(port)).toBeFalse();
    expect(await one.ask(registering(port, { protocol }))).toEqual(successful);
    expect(await answers(port, 1)).toEqual(["127.0.0.2"]);
  });
}

test("udp: a session goes on at another server when its own has gone, and the port is free after the last", async () => {
  const { connectControl } = await start();
  const port = unusedPort();
  const addresses = ["127.0.0.2", "127.0.0.3"];
  for (const hostname of addresses) {
    const socket = await Bun.udpSocket({
      hostname,
      port,
      socket: {
        data: (server, _bytes, clientPort, client) => void server.send(hostname, clientPort, client),
      },
    });
    opened({ stop: () => socket.close() });
  }
  const clients = new Map<string, ControlClient>();
  for (const address of addresses) {
    const client = await connectControl(address);
    clients.set(address, client);
    expect(await client.ask(registering(port, { protocol: "udp" }))).toEqual(successful);
  }
  const socket = createSocket("udp4");
  opened({ stop: () => socket.close() });
  const replies: string[] = [];
  socket.on("message", (message) => replies.push(message.toString()));
  const ask = async () => {
    socket.send("?", port, "127.0.0.1");
    return until("a reply", () => replies.shift());
  };
  const first = await ask();
  expect(await ask()).toBe(first);
  await clients.get(first)?.ask(unregistering(port, { protocol: "udp" }));
  const other = addresses.find((address) => address !== first) ?? "";
  expect(await ask()).toBe(other);
  await clients.get(other)?.ask(unregistering(port, { protocol: "udp" }));
  const again = await Bun.udpSocket({ hostname: "127.0.0.1", port, socket: {} });
  again.close();
});

describe("a port that is not free", () => {
  test("fails with the reason, and can be had when it is", async () => {
    const { connectControl } = await start();
    const port = unusedPort();
    const other = serveHttp("127.0.0.1", port);
    const client = await connectControl("127.0.0.2");
    for (const protocol of ["tcp", "api"])
      expect(await client.ask(registering(port, { protocol }))).toEqual(
        failed(`${protocol}/${port} can't be opened: the port is in use`),
      );
    await other.stop(true);
    expect(await client.ask(registering(port))).toEqual(successful);
    expect(await client.ask(registering(port, { protocol: "api" }))).toMatchObject({ ack: "failed" });
    const udp = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: {} });
    opened({ stop: () => udp.close() });
    expect(await client.ask(registering(udp.port, { protocol: "udp" }))).toEqual(
      failed(`udp/${udp.port} can't be opened: the port is in use`),
    );
  });

  test("is the control channel's own, too", async () => {
    const { balancer, connectControl } = await start();
    const own = Number(/\d+$/.exec(balancer.control ?? "")?.[0]);
    const client = await connectControl("127.0.0.2");
    expect(await client.ask(registering(own))).toEqual(
      failed(`tcp/${own} can't be opened: the port is in use`),
    );
  });
});

test.each([1, 2])(
  "a server's health is logged, and told in /status with all else, with workers %p",
  async (workers) => {
    const groups = { g: { health: false, targets: [{ url: "http://127.0.0.1:1" }] } };
    const routes = [{ group: "g" }];
    const listener = { name: "public", protocol: "http", listen: "127.0.0.1:0", status: "/status", routes };
    const { balancer, log, connectControl } = await start({ listeners: [listener], groups, workers });
    const port = unusedPort();
    serveHttp("127.0.0.2", port);
    const client = await connectControl("127.0.0.2");
    await client.ask(registering(port, { id: "i-1" }));
    await until("it is checked", () =>
      log.includes(`control: tcp/${port}: server i-1 is healthy: check passed`),
    );
    await answers(port, 1);
    const statusNow = async () => (await fetch(`${balancer.listeners[0]?.url}/status`)).json();
    const status = await until("the request is counted", async () => {
      const now = (await statusNow()) as StatusDocument;
      return now.control?.ports[0]?.servers[0]?.requests === 1 && now;
    });
    expect(status).toMatchObject({
      groups: { g: { policy: "ewma" } },
      control: {
        listen: balancer.control?.replace("tcp://", ""),
        connections: 1,
        ports: [{ protocol: "tcp", port, servers: [{ id: "i-1", state: "healthy", requests: 1 }] }],
      },
    });
  },
);

test("draining lets a connection of an opened port finish", async () => {
  const { balancer, connectControl } = await start();
  const port = unusedPort();
  const released = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: "127.0.0.2",
    port,
    async fetch() {
      await released.promise;
      return new Response("late", { headers: { connection: "close" } });
    },
  });
  opened({ stop: () => server.stop(true) });
  const client = await connectControl("127.0.0.2");
  await client.ask(registering(port));
  const open = answers(port, 1);
  await until("the request is there", () => server.pendingRequests === 1);
  const drained = balancer.drain();
  await until("the port is closed", async () => !(await isOpen(port)));
  released.resolve();
  expect(await open).toEqual(["late"]);
  await drained;
  await client.closed();
});
