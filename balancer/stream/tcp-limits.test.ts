import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { httpMaxConnections } from "../config/group-schema.ts";
import { ClientCounts } from "../limits/client-counts.ts";
import { until } from "../testing/until.ts";
import { expectText, type TcpTarget, tcpUnderTest } from "./tcp.fixture.ts";

const { startTarget, startRelay } = tcpUnderTest();

describe("a target that has all the connections it may have", () => {
  test("gets another when one ends; the client waits for that", async () => {
    const target = await startTarget("hi");
    const relay = startRelay({ targets: [target.port], group: { maxConnections: 1, queueTimeout: "1m" } });
    const first = await relay.client();
    await expectText(first, "hi");
    const second = await relay.client();
    second.send("patient");
    const server = await target.connection(0);
    server.send("more");
    await expectText(first, "more");
    expect(target.connections).toHaveLength(1);
    first.reset();
    await expectText(await target.connection(1), "patient");
    await expectText(second, "hi");
  });

  test("is passed over while another has room", async () => {
    const targets = [await startTarget("a"), await startTarget("b")];
    const relay = startRelay({
      targets: targets.map(({ port }) => port),
      group: { policy: { name: "weighted-round-robin" }, maxConnections: 1 },
    });
    const texts: string[] = [];
    for (let index = 0; index < 2; index++) {
      const client = await relay.client();
      texts.push(await client.wait("a greeting", () => client.received.toString() || undefined));
    }
    expect(texts.sort()).toEqual(["a", "b"]);
  });

  test("keeps clients waiting no longer than the queue's timeout, and no more of them than it takes", async () => {
    const clock = new VirtualClock();
    const target = await startTarget("hi");
    const relay = startRelay({
      targets: [target.port],
      clock,
      group: { maxConnections: 1, maxQueue: 1, queueTimeout: "1s", connectTimeout: "1h" },
    });
    await expectText(await relay.client(), "hi");
    const waiting = await relay.client();
    const tooMany = await relay.client();
    await tooMany.closed();
    expect((await relay.end(0)).fault).toBe("too many clients wait for a target");
    clock.advance(1011);
    await waiting.closed();
    expect((await relay.end(1)).fault).toBe("no target had room in time");
  });
});

test("a target has any number of connections where nothing is said", async () => {
  const target = await startTarget();
  const relay = startRelay({ targets: [target.port] });
  const many = httpMaxConnections + 1;
  await Promise.all(Array.from({ length: many }, () => relay.client()));
  await relay.inFlight(many);
});

test("a group with all the connections it may have lets clients wait, whichever target has room", async () => {
  const targets = [await startTarget("hi"), await startTarget("hi")];
  const relay = startRelay({
    targets: targets.map(({ port }) => port),
    group: { maxInGroup: 1, queueTimeout: "1m" },
  });
  const first = await relay.client();
  await expectText(first, "hi");
  const second = await relay.client();
  second.send("patient");
  first.reset();
  await expectText(second, "hi");
});

describe("a client with all the connections it may have", () => {
  test("has further ones closed, until one of it has ended", async () => {
    const target = await startTarget("hi");
    const relay = startRelay({ targets: [target.port], relay: { perClient: new ClientCounts(1) } });
    const first = await relay.client();
    await expectText(first, "hi");
    await (await relay.client()).closed();
    expect((await relay.end(0)).fault).toBe("its client has all the connections that it may have");
    first.reset();
    await relay.end(1);
    await expectText(await relay.client(), "hi");
  });

  test("is the one that the PROXY protocol names", async () => {
    const target = await startTarget("hi");
    const relay = startRelay({
      targets: [target.port],
      relay: { perClient: new ClientCounts(1), acceptsProxyProtocol: true },
    });
    const open = async (source: string) => {
      const client = await relay.client();
      client.send(`PROXY TCP4 ${source} 192.0.2.1 1000 80\r\n`);
      return client;
    };
    await expectText(await open("203.0.113.1"), "hi");
    await expectText(await open("203.0.113.2"), "hi");
    await (await open("203.0.113.1")).closed();
  });
});

test("a listener with all the connections it may have closes further ones", async () => {
  const target = await startTarget("hi");
  const relay = startRelay({ targets: [target.port], relay: { maxConnections: 1 } });
  const first = await relay.client();
  await expectText(first, "hi");
  const second = await relay.client();
  await second.closed();
  expect((await relay.end()).fault).toBe("the listener has all the connections that it may have");
  expect(relay.target(0).requests).toBe(0);
  first.close();
  (await target.connection()).close();
  await until("its end", () => relay.ended.length === 2);
  await expectText(await relay.client(), "hi");
});

describe("the idle timeout", () => {
  test("closes a connection on which nothing comes, up to a quarter late", async () => {
    const clock = new VirtualClock();
    const target = await startTarget("hi");
    const relay = startRelay({ targets: [target.port], clock, relay: { idleTimeoutMs: 4000 } });
    const client = await relay.client();
    await expectText(client, "hi");
    const server = await target.connection();
    clock.advance(3900);
    client.send("a");
    await expectText(server, "a");
    clock.advance(3900);
    server.send("b");
    await expectText(client, "b");
    expect(relay.ended).toEqual([]);
    clock.advance(5100);
    await client.closed();
    await until("the target's end", () => server.isClosed);
    expect(await relay.end()).toMatchObject({ fault: "idle", bytesIn: 1, bytesOut: 3 });
  });
});

describe("a target that is removed", () => {
  test("keeps the connections that it has, and gets no others", async () => {
    const targets = [await startTarget("a"), await startTarget("b")];
    const relay = startRelay({ targets: targets.map(({ port }) => port) });
    const client = await relay.client();
    await expectText(client, "a");
    const removed = relay.target(0);
    relay.service.watched.remove(removed);
    for (let index = 0; index < 3; index++) await expectText(await relay.client(), "b");
    client.send("still there");
    await expectText(await (targets[0] as TcpTarget).connection(), "still there");
    expect(removed).toMatchObject({ inFlight: 1, requests: 0 });
    client.reset();
    await until("its end", () => removed.requests === 1);
  });

  test("loses the connections that it has, where the config says so", async () => {
    const targets = [await startTarget("a"), await startTarget("b")];
    const relay = startRelay({
      targets: targets.map(({ port }) => port),
      group: { closeOnRemove: true },
    });
    const [first, second] = [await relay.client(), await relay.client()];
    await expectText(first, "a");
    await expectText(second, "b");
    relay.service.watched.remove(relay.target(0));
    await first.closed();
    expect(await relay.end()).toMatchObject({ fault: "the target was removed", bytesOut: 1 });
    expect(second.isClosed).toBe(false);
  });

  test("may be one that has come later", async () => {
    const target = await startTarget("late");
    const relay = startRelay({ targets: [] });
    const early = await relay.client();
    await early.closed();
    expect((await relay.end()).fault).toBe("no target is available");
    const added = relay.service.watched.add({ id: "late", url: `tcp://127.0.0.1:${target.port}`, weight: 1 });
    await expectText(await relay.client(), "late");
    expect(added.inFlight).toBe(1);
  });
});

describe("a relay that comes to its end", () => {
  test("takes no new connections, and waits for those it has", async () => {
    const target = await startTarget("hi");
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    await expectText(client, "hi");
    let isDrained = false;
    const draining = relay.relay.drain().then(() => {
      isDrained = true;
    });
    expect(relay.client()).rejects.toThrow("ECONNREFUSED");
    client.send("last words");
    const server = await target.connection();
    await expectText(server, "last words");
    expect(isDrained).toBe(false);
    server.send("heard");
    server.close();
    await expectText(client, "heard");
    client.close();
    await draining;
  });

  test("closes all at once when it is stopped", async () => {
    const target = await startTarget("hi");
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    await expectText(client, "hi");
    relay.relay.stop();
    await client.closed();
    expect((await relay.end()).fault).toBe("the balancer stopped");
    expect(relay.target(0)).toMatchObject({ inFlight: 0, failures: 0 });
  });
});
