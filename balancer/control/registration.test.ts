import { afterEach, describe, expect, test } from "bun:test";
import { controlStatus } from "../observe/control-status.ts";
import { until } from "../testing/until.ts";
import {
  ControlFixture,
  FakePort,
  failed,
  hello,
  registering,
  successful,
  unregistering,
} from "./control.fixture.ts";

let fixture: ControlFixture;
const start = (...options: ConstructorParameters<typeof ControlFixture>) => {
  fixture = new ControlFixture(...options);
  return fixture;
};
afterEach(() => fixture.stop());

describe("register", () => {
  test("opens the port for the first server, and shares it with the others", async () => {
    const { opened } = start();
    const [one, two] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    expect(await one.ask(registering(80))).toEqual(successful);
    expect(await two.ask(registering(80, { id: "i-2", weight: 3 }))).toEqual(successful);
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80 i-2"]);
    expect(opened.length).toBe(1);
    expect(opened[0]?.group.targets.map(({ url, weight }) => [url, weight])).toEqual([
      ["tcp://127.0.0.2:80", 1],
      ["tcp://127.0.0.3:80", 3],
    ]);
  });

  test("keeps protocols apart; api servers are reached by http", async () => {
    const { opened } = start();
    const client = await fixture.client("127.0.0.2");
    for (const protocol of ["tcp", "udp", "api"])
      expect(await client.ask(registering(80, { protocol }))).toEqual(successful);
    expect(opened.map(({ group }) => group.targets[0]?.url)).toEqual([
      "tcp://127.0.0.2:80",
      "udp://127.0.0.2:80",
      "http://127.0.0.2:80",
    ]);
  });

  test("takes the policy of the first server, or the configured one", async () => {
    const { opened } = start({ policy: { name: "ewma", decay: "3s" } });
    const client = await fixture.client();
    await client.ask(registering(80));
    await client.ask(registering(81, { policy: "round-robin" }));
    await client.ask(registering(82, { policy: "ewma" }));
    expect(opened.map(({ request }) => request.policy)).toMatchObject([
      { name: "ewma", decayMs: 3000 },
      { name: "round-robin" },
      { name: "ewma", decayMs: 3000 },
    ]);
    expect(await (await fixture.client("127.0.0.2")).ask(registering(81, { policy: "random" }))).toEqual(
      failed('policy: found "random", expected "round-robin", which tcp/81 has already'),
    );
  });

  test("a second time is no fault, but with another weight or name it is", async () => {
    start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80, { weight: 2 }));
    expect(await client.ask(registering(80, { weight: 2 }))).toEqual(successful);
    expect(await client.ask(registering(80))).toEqual(
      failed(
        "found id 127.0.0.2:80 and weight 1, expected 127.0.0.2:80 and 2 as registered, or unregister first",
      ),
    );
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
    await client.ask(unregistering(80));
    expect(fixture.states).toEqual([]);
  });

  test("refuses a name that another server of the port has", async () => {
    start();
    await (await fixture.client("127.0.0.2")).ask(registering(80, { id: "a" }));
    expect(await (await fixture.client("127.0.0.3")).ask(registering(80, { id: "a" }))).toEqual(
      failed('id: found "a", which another server of tcp/80 has, expected another'),
    );
  });

  test("of a port that is not free fails with the reason, and leaves nothing over", async () => {
    const { taken } = start();
    taken.add("tcp/80");
    const client = await fixture.client();
    expect(await client.ask(registering(80))).toEqual(failed("tcp/80 can't be opened: EADDRINUSE"));
    expect(fixture.states).toEqual([]);
    taken.clear();
    expect(await client.ask(registering(80))).toEqual(successful);
  });

  test("takes only ports of the configured range", async () => {
    start({ ports: "1024-2000" });
    const client = await fixture.client();
    for (const port of [1023, 2001])
      expect(await client.ask(registering(port))).toEqual(
        failed(`port: found ${port}, expected one from 1024 to 2000`),
      );
    expect(await client.ask(registering(2000))).toEqual(successful);
  });

  test("takes only so many servers", async () => {
    start({ maxServers: 2 });
    const client = await fixture.client();
    await client.ask(registering(80));
    await client.ask(registering(81));
    expect(await client.ask(registering(82))).toEqual(
      failed("found 2 servers registered, expected fewer than 2"),
    );
    await client.ask(unregistering(80));
    expect(await client.ask(registering(82))).toEqual(successful);
  });

  test("gives no clients to a server at whose address the opened port itself is reached", async () => {
    const { opened, log } = start({ bind: "0.0.0.0" });
    const client = await fixture.client("127.0.0.2");
    expect(await client.ask(registering(80))).toEqual(successful);
    expect(opened[0]?.group.targets).toEqual([]);
    expect(log).toContain(
      "control: tcp/80: server 127.0.0.2:80 registered: gets no clients, as the balancer itself has that port of that address",
    );
    expect(await client.ask(unregistering(80))).toEqual(successful);
    expect(fixture.states).toEqual([]);
  });
});

describe("unregister", () => {
  test("of the last server closes the port, and the next registration opens it again", async () => {
    const { opened } = start();
    const client = await fixture.client();
    await client.ask(registering(80));
    expect(await client.ask(unregistering(80))).toEqual(successful);
    expect([opened[0]?.isDraining, fixture.states]).toEqual([true, []]);
    expect(await client.ask(registering(80))).toEqual(successful);
    expect(opened.map(({ isDraining }) => isDraining)).toEqual([true, false]);
  });

  test("of what this connection has not registered fails", async () => {
    start();
    const [one, two] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    await one.ask(registering(80));
    expect(await two.ask(unregistering(80))).toEqual(
      failed("found tcp/80, expected a port that was registered on this connection"),
    );
    expect(await one.ask(unregistering(80, { protocol: "udp" }))).toMatchObject({ ack: "failed" });
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
  });
});

describe("a connection that closes", () => {
  test("takes all of its servers with it, and no others", async () => {
    start();
    const [one, two] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    for (const port of [80, 81]) await one.ask(registering(port));
    await two.ask(registering(80));
    one.socket.destroy();
    await fixture.untilStates("tcp/80: 127.0.0.3:80");
  });

  test("is answered first when it has only ended", async () => {
    start();
    const client = await fixture.client();
    client.send(registering(80), registering(81));
    client.socket.end();
    expect([await client.next(), await client.next()]).toEqual([successful, successful]);
    await client.closed();
    await fixture.untilStates();
  });

  test("leaves a server to another connection that has registered it too", async () => {
    start();
    const [old, fresh] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.2")];
    await old.ask(registering(80));
    expect(await fresh.ask(registering(80))).toEqual(successful);
    old.socket.destroy();
    await until("the old one is gone", () => fixture.server.connectionCount === 1);
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
    fresh.socket.destroy();
    await fixture.untilStates();
  });

  test("while its port is being opened leaves nothing over", async () => {
    const opening = Promise.withResolvers<void>();
    const slow = start({}, async (request) => {
      await opening.promise;
      const port = new FakePort(request, slow.clock);
      slow.opened.push(port);
      return { ok: true, port };
    });
    const client = await slow.client();
    client.send(registering(80));
    client.socket.destroy();
    opening.resolve();
    await until("the port was opened and closed again", () => slow.opened[0]?.isDraining);
    expect(slow.states).toEqual([]);
  });
});

describe("hello", () => {
  test("is said at the interval to servers that are registered, to nobody else", async () => {
    const { clock } = start();
    const [one, two] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    await one.ask(registering(80));
    await two.ask(registering(80));
    await two.ask(unregistering(80));
    for (let i = 0; i < 3; i++) {
      clock.advance(2000);
      expect(await one.next()).toEqual(hello);
      one.send({ ack: "hello" });
      await until(
        "the answer has come",
        () => fixture.opened[0]?.group.targets[0]?.probeLatency.averageMs === 0,
      );
    }
    expect(await two.ask(registering(81))).toEqual(successful);
  });

  test("measures the round trip as a probe", async () => {
    const { clock, opened } = start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80));
    clock.advance(2000);
    await client.next();
    clock.advance(30);
    client.send({ ack: "hello" });
    await until("it is measured", () => opened[0]?.group.targets[0]?.probeLatency.averageMs === 30);
  });

  test("unanswered in time takes the servers out and ends the connection", async () => {
    const { clock, log } = start();
    const [dead, alive] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    await dead.ask(registering(80));
    await alive.ask(registering(80));
    clock.advance(2000);
    expect(await alive.next()).toEqual(hello);
    alive.send({ ack: "hello" });
    const aliveTarget = fixture.opened[0]?.group.targets[1];
    await until("the answer has come", () => aliveTarget?.probeLatency.averageMs === 0);
    clock.advance(4999);
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80 127.0.0.3:80"]);
    clock.advance(1);
    await fixture.untilStates("tcp/80: 127.0.0.3:80");
    await dead.closed();
    expect(log).toContain("control: tcp/80: server 127.0.0.2:80 gone: hello unanswered for 5000 ms");
  });

  test("answered late counts for the hello that it answers: the next has its own time", async () => {
    const { clock } = start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80));
    clock.advance(6000);
    client.send({ ack: "hello" });
    await until("it is heard", () => fixture.opened[0]?.group.targets[0]?.probeLatency.averageMs === 4000);
    clock.advance(2999);
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
    clock.advance(1);
    await fixture.untilStates();
  });

  test("that nobody said is answered in vain, not in harm", async () => {
    start();
    const client = await fixture.client();
    client.send({ ack: "hello" });
    expect(await client.ask(registering(80))).toEqual(successful);
  });
});

describe("a connection with nothing registered", () => {
  test("is closed after a while", async () => {
    const { clock } = start();
    const client = await fixture.client();
    await until("it is accepted", () => fixture.server.connectionCount === 1);
    clock.advance(10_000);
    expect(await client.next()).toEqual(
      failed("found nothing registered for 10000 ms, expected a registration"),
    );
    await client.closed();
  });

  test("is closed however it talks, and also when it has unregistered all", async () => {
    const { clock } = start();
    const [talker, leaver] = [await fixture.client(), await fixture.client()];
    await leaver.ask(registering(80));
    clock.advance(1000);
    await leaver.ask(unregistering(80));
    await talker.ask("x\n");
    clock.advance(9000);
    await talker.closed();
    expect(leaver.isClosed).toBeFalse();
    clock.advance(1000);
    await leaver.closed();
  });
});

describe("the end", () => {
  test("drains: no new servers, clients finish, then the connections end", async () => {
    const { opened } = start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80));
    const drained = fixture.server.drain();
    await until("the port drains", () => opened[0]?.isDraining);
    expect(opened[0]?.group.targets.length).toBe(1);
    expect(await client.ask(registering(81))).toEqual(
      failed("found a registration, expected none: the balancer is ending"),
    );
    await expect(fixture.client()).rejects.toThrow("ECONNREFUSED");
    opened[0]?.drained.resolve();
    await drained;
    await client.closed();
  });

  test("stops at once also ports that are draining", async () => {
    const { opened } = start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80));
    await client.ask(registering(81));
    await client.ask(unregistering(80));
    await fixture.server.stop();
    expect(opened.map(({ isStopped }) => isStopped)).toEqual([true, true]);
  });
});

test("every change is logged, and a table of all states follows", async () => {
  const { clock, log } = start();
  const client = await fixture.client("127.0.0.2");
  await client.ask(registering(80, { id: "i-1", weight: 2 }));
  await client.ask(registering(53, { protocol: "udp" }));
  clock.advance(100);
  expect(log).toEqual([
    "control: tcp/80 opened",
    "control: tcp/80: server i-1 registered",
    "control: udp/53 opened",
    "control: udp/53: server 127.0.0.2:53 registered",
    [
      "control: states",
      "  port    policy             server        address    weight  state    in flight",
      "  tcp/80  least-connections  i-1           127.0.0.2  2       unknown  0",
      "  udp/53  least-connections  127.0.0.2:53  127.0.0.2  1       unknown  0",
    ].join("\n"),
  ]);
  log.length = 0;
  client.socket.destroy();
  await fixture.untilStates();
  clock.advance(100);
  expect(log).toEqual([
    "control: tcp/80: server i-1 gone: connection closed",
    "control: tcp/80 closed: no server left",
    "control: udp/53: server 127.0.0.2:53 gone: connection closed",
    "control: udp/53 closed: no server left",
    "control: states\n  no servers",
  ]);
});

test("the status tells of every server what it is and how it is", async () => {
  start();
  const [one, again] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.2")];
  for (const client of [one, again])
    await client.ask(registering(80, { id: "i-1", weight: 2, policy: "hash" }));
  expect(controlStatus("127.0.0.1:8081", fixture.server)).toEqual({
    listen: "127.0.0.1:8081",
    connections: 2,
    ports: [
      {
        protocol: "tcp",
        port: 80,
        policy: "hash",
        servers: [
          {
            id: "i-1",
            url: "tcp://127.0.0.2:80",
            state: "unknown",
            score: 0.5,
            ewmaMs: null,
            inFlight: 0,
            requests: 0,
            failures: 0,
            weight: 2,
            address: "127.0.0.2",
            connections: 2,
            probeMs: null,
          },
        ],
      },
    ],
  });
});
