import { describe, expect, test } from "bun:test";
import { until } from "../testing/until.ts";
import { expectPace, expectText, tcpUnderTest } from "./tcp.fixture.ts";

const { startTarget, startRelay } = tcpUnderTest();

describe("a connection", () => {
  test("carries bytes both ways, and is logged when it ends", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    const { localPort } = client.socket;
    client.send("question");
    const server = await target.connection();
    await expectText(server, "question");
    server.send("an answer");
    await expectText(client, "an answer");
    expect(relay.target(0).inFlight).toBe(1);
    client.close();
    await server.closed();
    server.close();
    await client.closed();
    expect(await relay.end()).toMatchObject({
      address: "127.0.0.1",
      port: localPort ?? 0,
      target: relay.target(0),
      bytesIn: 8,
      bytesOut: 9,
      fault: undefined,
    });
    expect(relay.target(0)).toMatchObject({ inFlight: 0, requests: 1, failures: 0 });
    expect(relay.target(0).requestLatency.averageMs).toBeGreaterThan(0);
  });

  test("may be opened by what the server says first", async () => {
    const target = await startTarget("220 ready");
    const client = await startRelay({ targets: [target.port] }).client();
    await expectText(client, "220 ready");
  });

  test("goes on in the other direction when the client sends no more", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    client.send("all");
    client.socket.end();
    const server = await target.connection();
    await expectText(server, "all");
    await server.closed();
    for (const part of ["one", "two", "three"]) {
      server.send(part);
      await expectText(client, part);
    }
    server.close();
    await client.closed();
    expect((await relay.end()).fault).toBeUndefined();
  });

  test("goes on in the other direction when the target sends no more", async () => {
    const target = await startTarget("bye");
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    const server = await target.connection();
    server.socket.end();
    await expectText(client, "bye");
    await client.closed();
    for (const part of ["one", "two", "three"]) {
      client.send(part);
      await expectText(server, part);
    }
    expect(relay.ended).toEqual([]);
    client.close();
    await server.closed();
    expect(await relay.end()).toMatchObject({ bytesIn: 11, bytesOut: 3, fault: undefined });
  });

  test("that the client resets is reset for the target as well", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    const server = await target.connection();
    await relay.inFlight(1);
    client.send("x");
    await expectText(server, "x");
    client.reset();
    await until("a reset", () => server.isReset);
    expect((await relay.end()).fault).toBe("the client reset the connection");
    expect(relay.target(0).failures).toBe(0);
  });

  test("that the target resets before it has said anything counts against it", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    client.send("x");
    const server = await target.connection();
    await expectText(server, "x");
    server.reset();
    await client.closed();
    expect((await relay.end()).fault).toBe("the target reset the connection");
    expect(relay.target(0).failures).toBe(1);
  });

  test("waits in both directions for the slower side, and loses nothing", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port] });
    const client = await relay.client();
    const server = await target.connection();
    const others = await relay.client();
    const theirs = await target.connection(1);
    const meanwhile = async () => {
      others.send("-".repeat(1_000_000));
      await until("the others' bytes", () => theirs.received.length >= 1_000_000);
      theirs.received = Buffer.alloc(0);
    };
    await expectPace(client, server, meanwhile);
    await expectPace(server, client, meanwhile);
  }, 20_000);
});
