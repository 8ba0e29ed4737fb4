import { describe, expect, test } from "bun:test";
import { type Balancer, startBalancer } from "../balancer.ts";
import { type LoadResult, parseConfig } from "../config/load.ts";
import { openClient, startEcho } from "../stream/udp.fixture.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";

const opened = stopAfterEach();

const load = (config: object): LoadResult => parseConfig(JSON.stringify(config), "lb.json");

/** A balancer, and what gives it another config. */
async function start(config: object) {
  const loaded = load(config);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = await startBalancer(loaded.config, () => {});
  opened(balancer);
  const reload = async (next: object) =>
    expect(await balancer.reload(load(next), "test")).toEqual({ ok: true, needRestart: [] });
  return { balancer, reload };
}

function portOf({ listeners }: Balancer, index = 0): number {
  return Number(new URL(listeners[index]?.url ?? "").port);
}

/** Answers each part that comes with its own name before it. */
function startTcpEcho(id: string) {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.write(`${id} ${bytes}`) },
  });
  opened({ stop: () => server.stop(true) });
  return { id, url: `tcp://127.0.0.1:${server.port}` };
}

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  opened({ stop: () => client.socket.destroy() });
  return client;
}

/** What comes back for one part. */
async function ask(client: RawClient, text: string): Promise<string> {
  client.send(text);
  const answer = await client.wait(`an answer to ${text}`, () =>
    client.received.length > 0 ? client.received.toString() : undefined,
  );
  client.take(client.received.length);
  return answer;
}

/** One that sends a single part on a connection of its own; "closed" when it is not answered. */
async function askOnce(port: number): Promise<string> {
  const client = await RawClient.connect(port).catch(() => undefined);
  if (client === undefined) return "refused";
  const answer = await ask(client, "?").catch(() => "closed");
  client.socket.destroy();
  return answer;
}

/** Workers take a config one after the other. */
async function untilAllGet(port: number, expected: string): Promise<void> {
  await until(`new clients get ${expected}`, async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => askOnce(port)));
    return answers.every((answer) => answer === expected);
  });
}

const tcp = (more: object = {}) => ({
  name: "a",
  protocol: "tcp",
  listen: "127.0.0.1:0",
  group: "g",
  ...more,
});
const groupOf = (targets: readonly object[], more: object = {}) => ({ health: false, targets, ...more });

describe.each([1, 2])("tcp listeners with %p workers", (workers) => {
  const configOf = (groups: object, ...listeners: readonly object[]) => ({
    workers,
    drainTimeout: "2s",
    groups,
    listeners: listeners.length > 0 ? listeners : [tcp()],
  });

  test("connections to a target that goes go on, and new ones go to those that are left", async () => {
    const [one, two] = [startTcpEcho("one"), startTcpEcho("two")];
    const { balancer, reload } = await start(configOf({ g: groupOf([one]) }));
    const port = portOf(balancer);
    const open = await Promise.all(Array.from({ length: 6 }, () => connect(port)));
    for (const client of open) expect(await ask(client, "1")).toBe("one 1");
    await reload(configOf({ g: groupOf([two], { maxConnections: 10 }) }));
    await untilAllGet(port, "two ?");
    for (const client of open) expect(await ask(client, "2")).toBe("one 2");
  });

  test("another group takes what comes, also where the former is no more", async () => {
    const [one, two] = [startTcpEcho("one"), startTcpEcho("two")];
    const { balancer, reload } = await start(configOf({ g: groupOf([one]) }));
    const port = portOf(balancer);
    const client = await connect(port);
    expect(await ask(client, "1")).toBe("one 1");
    await reload(configOf({ h: groupOf([two]) }, tcp({ group: "h" })));
    await untilAllGet(port, "two ?");
    expect(await ask(client, "2")).toBe("one 2");
  });

  test.each([
    ["its group", { g: groupOf([]) }],
    ["no group", {}],
  ])("with closeOnRemove, connections to a target that leaves %s are closed", async (_what, rest) => {
    const [one, two] = [startTcpEcho("one"), startTcpEcho("two")];
    const cuts = { closeOnRemove: true };
    const { balancer, reload } = await start(configOf({ g: groupOf([one], cuts) }));
    const client = await connect(portOf(balancer));
    expect(await ask(client, "1")).toBe("one 1");
    const groups = "g" in rest ? { g: groupOf([two], cuts) } : { h: groupOf([two]) };
    await reload(configOf(groups, tcp({ group: "g" in rest ? "g" : "h" })));
    await client.closed();
    await untilAllGet(portOf(balancer), "two ?");
  });

  test("changed limits hold for new connections, and count those that are open", async () => {
    const one = startTcpEcho("one");
    const { balancer, reload } = await start(configOf({ g: groupOf([one]) }));
    const port = portOf(balancer);
    const open = await Promise.all([connect(port), connect(port), connect(port)]);
    for (const client of open) expect(await ask(client, "1")).toBe("one 1");
    await reload(configOf({ g: groupOf([one]) }, tcp({ maxConnections: 1 })));
    if (workers === 1) expect(await askOnce(port)).toBe("closed");
    for (const client of open) expect(await ask(client, "2")).toBe("one 2");
    for (const client of open) client.socket.destroy();
    await untilAllGetOne(port);
    await reload(configOf({ g: groupOf([one]) }));
    await untilAllGet(port, "one ?");
  });

  test("one that goes lets its connections finish, and one that comes is there", async () => {
    const one = startTcpEcho("one");
    const groups = { g: groupOf([one]) };
    const { balancer, reload } = await start(configOf(groups, tcp(), tcp({ name: "b" })));
    const [stays, goes] = [portOf(balancer), portOf(balancer, 1)];
    const client = await connect(goes);
    expect(await ask(client, "1")).toBe("one 1");
    await reload(configOf(groups, tcp(), tcp({ name: "c" })));
    await untilAllGet(portOf(balancer, 1), "one ?");
    await untilAllGet(goes, "refused");
    expect(await ask(client, "2")).toBe("one 2");
    expect(portOf(balancer)).toBe(stays);
    await untilAllGet(stays, "one ?");
  });

  test("30 reloads under traffic lose no connection", async () => {
    const [one, two] = [startTcpEcho("one"), startTcpEcho("two")];
    const { balancer, reload } = await start(configOf({ g: groupOf([one]) }));
    const port = portOf(balancer);
    const long = await connect(port);
    expect(await ask(long, "0")).toBe("one 0");
    const seen = new Set<string>();
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) seen.add(await askOnce(port));
    });
    for (let i = 0; i < 30; i++) {
      const [target, group] = [i % 2 === 0 ? two : one, i % 3 === 0 ? "h" : "g"];
      await reload(configOf({ [group]: groupOf([target]) }, tcp({ group, idleTimeout: `${60 + i}s` })));
      expect(await ask(long, String(i))).toBe(`one ${i}`);
    }
    isOver = true;
    await Promise.all(clients);
    expect([...seen].sort()).toEqual(["one ?", "two ?"]);
  });

  async function untilAllGetOne(port: number): Promise<void> {
    await until("one after the other is taken again", async () => (await askOnce(port)) === "one ?");
  }
});

describe.each([1, 2])("udp listeners with %p workers", (workers) => {
  const udp = (more: object = {}) => tcp({ protocol: "udp", ...more });
  const configOf = (groups: object, listener: object = udp(), ...others: readonly object[]) => ({
    workers,
    drainTimeout: "2s",
    groups,
    listeners: [listener, ...others],
  });

  async function echoes(...ids: readonly string[]) {
    const all = await Promise.all(ids.map((id) => startEcho(id)));
    for (const echo of all) opened({ stop: () => echo.close() });
    return all.map((echo) => ({
      echo,
      target: { id: echo.id.trim(), url: `udp://127.0.0.1:${echo.port}` },
    }));
  }

  async function client(port: number) {
    const made = await openClient(port);
    opened({ stop: () => made.close() });
    return made;
  }

  async function isFree(port: number): Promise<boolean> {
    try {
      (await Bun.udpSocket({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      // Somebody else has it.
      return false;
    }
  }

  async function twoEchoes() {
    const [one, two] = await echoes("one ", "two ");
    if (one === undefined || two === undefined) throw new Error("there are no two");
    return { one, two };
  }

  test("a session whose target stays goes on, and has another when it goes, with its next datagram", async () => {
    const { one, two } = await twoEchoes();
    const { balancer, reload } = await start(configOf({ g: groupOf([one.target]) }));
    const clients = await Promise.all(Array.from({ length: 4 }, () => client(portOf(balancer))));
    for (const each of clients) expect(await each.ask("1")).toBe("one 1");
    await reload(configOf({ g: groupOf([one.target, two.target]) }, udp({ idleTimeout: "40s" })));
    for (const each of clients) expect(await each.ask("2")).toBe("one 2");
    expect(one.echo.seen.peers.size).toBe(4);
    await reload(configOf({ g: groupOf([two.target], { policy: "random" }) }));
    for (const each of clients) expect(await each.ask("3")).toBe("two 3");
    expect(one.echo.seen.datagrams).toBe(8);
  });

  test("nothing goes to a target whose whole group is no more", async () => {
    const { one, two } = await twoEchoes();
    const { balancer, reload } = await start(configOf({ g: groupOf([one.target]) }));
    const asking = await client(portOf(balancer));
    expect(await asking.ask("1")).toBe("one 1");
    await reload(configOf({ h: groupOf([two.target]) }, udp({ group: "h" })));
    expect(await asking.ask("2")).toBe("two 2");
    expect(one.echo.seen.datagrams).toBe(1);
  });

  test("a listener that gets another group keeps its sessions where they are, and new ones go there", async () => {
    const { one, two } = await twoEchoes();
    const groups = { g: groupOf([one.target]), h: groupOf([two.target]) };
    const rest = udp({ name: "rest", group: "g" });
    const { balancer, reload } = await start(configOf(groups, udp(), rest, udp({ name: "r2", group: "h" })));
    const asking = await client(portOf(balancer));
    expect(await asking.ask("1")).toBe("one 1");
    await reload(configOf(groups, udp({ group: "h" }), rest, udp({ name: "r2", group: "h" })));
    expect(await asking.ask("2")).toBe("one 2");
    expect(await (await client(portOf(balancer))).ask("3")).toBe("two 3");
  });

  test("a listener that goes still hands on replies, then gives its port back; one that comes is there", async () => {
    const { one } = await twoEchoes();
    const groups = { g: groupOf([one.target]) };
    const { balancer, reload } = await start(configOf(groups, udp(), udp({ name: "b" })));
    const [stays, goes] = [portOf(balancer), portOf(balancer, 1)];
    const asking = await client(goes);
    expect(await asking.ask("1")).toBe("one 1");
    const before = asking.received.length;
    asking.send("2");
    await until("the target has it", () => one.echo.seen.datagrams === 2);
    await reload(configOf(groups, udp(), udp({ name: "c" })));
    await until("its reply", () => asking.received.length > before);
    expect(await (await client(portOf(balancer, 1))).ask("3")).toBe("one 3");
    await until("the port is free", () => isFree(goes));
    expect(await (await client(stays)).ask("4")).toBe("one 4");
  });

  test("30 reloads under traffic lose no session", async () => {
    const { one, two } = await twoEchoes();
    const groups = { g: groupOf([one.target, two.target], { policy: "round-robin" }) };
    const { balancer, reload } = await start(configOf(groups));
    const clients = await Promise.all([client(portOf(balancer)), client(portOf(balancer))]);
    const first = await Promise.all(clients.map((each) => each.ask("")));
    for (let i = 0; i < 30; i++) {
      const changed = { policy: i % 2 === 0 ? "random" : "least-connections", connectTimeout: undefined };
      const listener = udp({ idleTimeout: `${30 + i}s`, maxSessions: 1000 + i });
      await reload(configOf({ g: { ...groups.g, ...changed } }, listener));
      expect(await Promise.all(clients.map((each) => each.ask("")))).toEqual(first);
    }
    expect(one.echo.seen.peers.size + two.echo.seen.peers.size).toBe(2);
  });
});
