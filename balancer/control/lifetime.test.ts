import { describe, expect, test } from "bun:test";
import { stopAfterEach } from "../testing/stop-after-each.ts";
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

const started = stopAfterEach();
let fixture: ControlFixture;
const start = (...options: ConstructorParameters<typeof ControlFixture>) => {
  fixture = started(new ControlFixture(...options));
  return fixture;
};

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
