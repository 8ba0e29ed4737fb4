import { describe, expect, test } from "bun:test";
import { type Balancer, startBalancer } from "../balancer.ts";
import { configSchema } from "../config/schema.ts";
import type { StatusDocument } from "../observe/status.ts";
import { startHoldingOrigin } from "../testing/holding-origin.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { type Death, deathChannel } from "./mortal-worker.fixture.ts";

const mortal = new URL("./mortal-worker.fixture.ts", import.meta.url).href;
/** So many that both workers are sure to have some. */
const manyClients = 24;

const opened = stopAfterEach();

/** A target that answers with its name; at `/held` only when it is told to. */
async function startOrigin(name: string) {
  const { origin, held } = opened(await startHoldingOrigin(name));
  return { name, origin, held, config: { id: name, url: origin.url, weight: 1 } };
}

async function start(workers: number, targets: readonly object[], group: object = {}, more: object = {}) {
  const config = configSchema.parse({
    listeners: [
      { name: "a", protocol: "http", listen: "127.0.0.1:0", status: "/status", routes: [{ group: "g" }] },
    ],
    groups: { g: { policy: "round-robin", health: false, targets, ...group } },
    workers,
    drainTimeout: "1s",
    ...more,
  });
  const lines: string[] = [];
  const balancer = await startBalancer(config, (line) => lines.push(line), mortal);
  opened(balancer);
  return { balancer, lines, clients: await connect(balancer, manyClients) };
}

async function connect({ listeners }: Balancer, count: number): Promise<RawClient[]> {
  const port = Number(new URL(listeners[0]?.url ?? "").port);
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(port)));
  opened({ stop: () => clients.forEach((client) => void client.socket.destroy()) });
  return clients;
}

/** One request of each client; how many each target answered. */
async function ask(clients: readonly RawClient[]): Promise<Record<string, number>> {
  const answers = await Promise.all(clients.map((client) => client.ask("GET", "/")));
  const counts: Record<string, number> = {};
  for (const { body } of answers) counts[String(body)] = (counts[String(body)] ?? 0) + 1;
  return counts;
}

async function statusOf(client: RawClient | undefined) {
  const answer = await client?.ask("GET", "/status");
  const document: StatusDocument = JSON.parse(String(answer?.body));
  return document.groups.g?.targets ?? [];
}

/** Every worker has taken the change in when each client's one says so. */
async function untilAllKnow(clients: readonly RawClient[], ids: readonly string[]): Promise<void> {
  await until("all workers know the targets", async () => {
    const seen = await Promise.all(
      clients.map(async (client) => (await statusOf(client)).map(({ id }) => id)),
    );
    return seen.every((each) => each.join() === ids.join());
  });
}

describe.each([1, 2])("with %i workers", (workers) => {
  test("targets come and go, and who stays keeps all that is known of it", async () => {
    const [a, b, c] = await Promise.all(["a", "b", "c"].map(startOrigin));
    if (a === undefined || b === undefined || c === undefined) throw new Error("three origins expected");
    const { balancer, clients } = await start(workers, [a.config, b.config]);
    expect(await ask(clients)).toEqual({ a: manyClients / 2, b: manyClients / 2 });
    const [, before] = await statusOf(clients[0]);
    const connections = [...b.origin.connections];

    balancer.setTargets("g", [c.config, b.config]);
    // Whoever is gone goes on until all workers know who has come.
    expect((await ask(clients)).b).toBeGreaterThan(0);
    await untilAllKnow(clients, ["c", "b"]);
    expect(await ask(clients)).toEqual({ b: manyClients / 2, c: manyClients / 2 });
    const [, after] = await statusOf(clients[0]);
    expect(after?.requests).toBeGreaterThan(before?.requests ?? Number.POSITIVE_INFINITY);
    expect(after?.ewmaMs).not.toBeNull();
    expect(connections.map(({ isClosed }) => isClosed)).not.toContain(true);
    await until("connections to the one gone are closed", () => a.origin.open === 0);
  });

  test("a target that goes answers what it has", async () => {
    const [a, b] = await Promise.all(["a", "b"].map(startOrigin));
    if (a === undefined || b === undefined) throw new Error("two origins expected");
    const { balancer, clients } = await start(workers, [a.config]);
    const open = clients.slice(0, 8).map((client) => client.ask("GET", "/held"));
    await until("all are at the target", () => a.held.length === 8);
    balancer.setTargets("g", [b.config]);
    await untilAllKnow(clients.slice(8), ["b"]);
    expect(await ask(clients.slice(8))).toEqual({ b: manyClients - 8 });
    for (const answer of a.held) answer();
    for (const answer of await Promise.all(open)) expect(String(answer.body)).toBe("a");
  });

  test("a new weight counts at once, and a new URL is another target", async () => {
    const [a, b, other] = await Promise.all(["a", "b", "other"].map(startOrigin));
    if (a === undefined || b === undefined || other === undefined) throw new Error("three origins expected");
    const { balancer, clients } = await start(workers, [a.config, b.config], {
      policy: "weighted-round-robin",
    });
    await ask(clients);
    balancer.setTargets("g", [a.config, { ...b.config, weight: 3 }]);
    await ask(clients.slice(0, 4));
    expect(await ask(clients)).toEqual({ a: manyClients / 4, b: (manyClients * 3) / 4 });
    balancer.setTargets("g", [{ ...a.config, url: other.origin.url }]);
    await untilAllKnow(clients, ["a"]);
    expect(await ask(clients)).toEqual({ other: manyClients });
    expect((await statusOf(clients[0]))[0]?.requests).toBe(manyClients);
  });

  test("targets of a lower priority stand by, be they there from the start or later", async () => {
    const [a, b, c] = await Promise.all(["a", "b", "c"].map(startOrigin));
    if (a === undefined || b === undefined || c === undefined) throw new Error("three origins expected");
    const standby = { ...b.config, priority: 1 };
    const { balancer, clients } = await start(workers, [a.config, standby]);
    expect(await ask(clients)).toEqual({ a: manyClients });
    balancer.setTargets("g", [{ ...a.config, priority: 2 }, standby, { ...c.config, priority: 2 }]);
    await untilAllKnow(clients, ["a", "b", "c"]);
    expect(await ask(clients)).toEqual({ b: manyClients });
  });

  test("the balancer's own zone comes first", async () => {
    const [a, b] = await Promise.all(["a", "b"].map(startOrigin));
    if (a === undefined || b === undefined) throw new Error("two origins expected");
    const targets = [
      { ...a.config, zone: "far" },
      { ...b.config, zone: "near" },
    ];
    const { clients } = await start(workers, targets, { zonePreference: true }, { zone: "near" });
    expect(await ask(clients)).toEqual({ b: manyClients });
  });

  test("a group that does not exist has no targets to change", async () => {
    const a = await startOrigin("a");
    const { balancer } = await start(workers, [a.config]);
    expect(() => balancer.setTargets("h", [])).toThrow("no group h; expected one of g");
  });
});

test("failures met by workers take out a target that came later", async () => {
  const [a, b] = await Promise.all(["a", "b"].map(startOrigin));
  if (a === undefined || b === undefined) throw new Error("two origins expected");
  const { balancer, clients, lines } = await start(2, [a.config], {
    health: { interval: "1h", unhealthyAfter: 3 },
  });
  await b.origin.stop();
  balancer.setTargets("g", [a.config, b.config]);
  await until("it is out", async () => {
    await ask(clients);
    return (await statusOf(clients[0]))[1]?.state === "unhealthy";
  });
  expect(lines.filter((line) => line.includes("target b is unhealthy"))).toHaveLength(1);
});

test("a worker that takes the place of a dead one has the targets of now", async () => {
  const [a, b] = await Promise.all(["a", "b"].map(startOrigin));
  if (a === undefined || b === undefined) throw new Error("two origins expected");
  const { balancer, lines } = await start(2, [a.config]);
  balancer.setTargets("g", [b.config]);
  const channel = new BroadcastChannel(deathChannel);
  channel.postMessage({ thread: 1, how: "exit" } satisfies Death);
  channel.close();
  await until("it has been replaced", () => lines.includes("worker 1 serves again"));
  const clients = await connect(balancer, manyClients);
  expect(await ask(clients)).toEqual({ b: manyClients });
});
