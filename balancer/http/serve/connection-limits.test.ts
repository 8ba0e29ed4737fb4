import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { ClientCounts } from "../../limits/client-counts.ts";
import { RawClient } from "../../testing/raw-client.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { ConnectionLimits, type ConnectionRules } from "./connection-limits.ts";
import { startServeEdge } from "./serve-edge.ts";

/** Longer than it rests between two looks. */
const restMs = 2000;

const opened = stopAfterEach();

/** A server's connections, looked at when `look` is called. */
function start(rules: Partial<ConnectionRules>) {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hi") });
  const clock = new VirtualClock();
  const limits = new ConnectionLimits(clock, server.port ?? 0);
  const complete = (more: Partial<ConnectionRules>): ConnectionRules => ({
    maxConnections: undefined,
    perClient: undefined,
    isTrusted: () => false,
    ...more,
  });
  limits.become(complete(rules));
  opened(limits);
  opened({ stop: () => server.stop(true) });
  const connect = async () => {
    const client = await RawClient.connect(server.port ?? 0);
    opened({ stop: () => client.socket.destroy() });
    expect((await client.ask("GET", "/")).status).toBe(200);
    return client;
  };
  const look = () => clock.advance(restMs);
  /** One that has been looked at, and has stayed. */
  const admitted = async () => {
    const client = await connect();
    look();
    expect((await client.ask("GET", "/")).status).toBe(200);
    return client;
  };
  const refused = async () => {
    const client = await connect();
    look();
    await client.closed();
  };
  const leave = async (client: RawClient) => {
    client.close();
    await client.closed();
    look();
  };
  const become = (next: Partial<ConnectionRules>) => limits.become(complete(next));
  return { connect, look, admitted, refused, leave, become, stop: () => limits.stop() };
}

describe("limits of connections that are looked for", () => {
  test("close those above maxConnections, and take another when one has ended", async () => {
    const { admitted, refused, leave } = start({ maxConnections: 2 });
    const [first, second] = [await admitted(), await admitted()];
    await refused();
    await refused();
    expect((await first.ask("GET", "/")).status).toBe(200);
    await leave(second);
    await admitted();
    await refused();
  });

  test("close a client's above its share, count none twice, and give its places back at the end", async () => {
    const perClient = new ClientCounts(2);
    const { admitted, refused, leave, look, stop } = start({ perClient });
    const first = await admitted();
    await admitted();
    await refused();
    look();
    await leave(first);
    await admitted();
    await refused();
    stop();
    expect([perClient.open("127.0.0.1"), perClient.open("127.0.0.1"), perClient.open("127.0.0.1")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("let trusted proxies have any number", async () => {
    const { admitted } = start({ perClient: new ClientCounts(1), isTrusted: () => true });
    await admitted();
    await admitted();
  });

  test("leave those alone that were there before the limit, and count them", async () => {
    const { connect, become, admitted, refused, leave } = start({});
    const before = [await connect(), await connect()];
    become({ maxConnections: 2 });
    await refused();
    for (const client of before) await leave(client);
    await admitted();
    become({});
    await admitted();
    await admitted();
  });
});

const { open, finish } = edgeUnderTest(startServeEdge);

test.each([{ maxConnections: 2 }, { maxConnectionsPerClient: 2 }])(
  "the serve edge goes by %p",
  async (listener) => {
    const scene = await open(ok, { listener });
    const clients = [scene.client, ...(await Promise.all([1, 2, 3, 4].map(() => scene.edge.client())))];
    const isOpen = ({ isClosed }: RawClient) => !isClosed;
    await until("two are left", () => clients.filter(isOpen).length === 2);
    for (const client of clients.filter(isOpen)) expect((await client.ask("GET", "/")).status).toBe(200);
    for (const client of clients) client.socket.destroy();
    // `finish` asks over a connection of its own.
    await until("there is room", async () => {
      const client = await scene.edge.client();
      const isTaken = await client.ask("GET", "/").then(
        () => true,
        () => false,
      );
      client.socket.destroy();
      return isTaken;
    });
    await finish(scene);
  },
);
