import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { silentPort } from "../testing/silent-port.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";
import { expectText, tcpUnderTest } from "./tcp.fixture.ts";

const { started, startTarget, startRelay } = tcpUnderTest();

/** Whether somebody waits for a port of 127.0.0.1 to accept (SYN_SENT in proc_net_tcp(5)). */
function isDialled(port: number): boolean {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "utf8").includes(` 0100007F:${hexadecimal} 02 `);
}

describe("the choice of a target", () => {
  test("goes on to the next when one refuses, and keeps what the client has sent", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [unusedPort(), unusedPort(), target.port] });
    const client = await relay.client();
    client.send("sent at once");
    await expectText(await target.connection(), "sent at once");
    expect([0, 1, 2].map((index) => relay.target(index).failures)).toEqual([1, 1, 0]);
    client.close();
  });

  test("goes on to one that was found unhealthy when none in service accepts", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port, unusedPort()] });
    relay.service.group.setState(relay.target(0), "unhealthy");
    const client = await relay.client();
    client.send("hello");
    await expectText(await target.connection(), "hello");
    expect(relay.target(1).failures).toBe(1);
    client.close();
  });

  test("ends with the client's connection when all refuse", async () => {
    const relay = startRelay({ targets: [unusedPort(), unusedPort()] });
    const client = await relay.client();
    await client.closed();
    expect(await relay.end()).toMatchObject({ fault: "connect: ECONNREFUSED", bytesIn: 0, bytesOut: 0 });
    expect([0, 1].map((index) => relay.target(index).failures)).toEqual([1, 1]);
  });

  test("goes on when a target does not accept in time", async () => {
    const target = await startTarget();
    const silent = started(await silentPort());
    const relay = startRelay({
      targets: [silent.port, target.port],
      group: { connectTimeout: "50ms" },
    });
    const client = await relay.client();
    client.send("hello");
    await expectText(await target.connection(), "hello");
    expect(relay.target(0).failures).toBe(1);
  });

  test("is over when the client leaves before it; nobody is blamed", async () => {
    const silent = started(await silentPort());
    const relay = startRelay({ targets: [silent.port] });
    const client = await relay.client();
    await until("the target is dialled", () => isDialled(silent.port));
    expect(relay.target(0).inFlight).toBe(1);
    client.reset();
    expect((await relay.end()).fault).toStartWith("the client reset the connection before");
    expect(relay.target(0)).toMatchObject({ inFlight: 0, requests: 1, failures: 0 });
    expect(isDialled(silent.port)).toBeFalse();
  });

  test("takes turns, and hashes the client's address where the policy does", async () => {
    const targets = [await startTarget(), await startTarget()];
    const ports = targets.map(({ port }) => port);
    const turns = startRelay({ targets: ports });
    const sticky = startRelay({ targets: ports, group: { policy: "hash" } });
    for (let index = 0; index < 4; index++) await turns.client();
    await turns.inFlight(4);
    expect([turns.target(0).inFlight, turns.target(1).inFlight]).toEqual([2, 2]);
    for (let index = 0; index < 4; index++) await sticky.client();
    await sticky.inFlight(4);
    expect([sticky.target(0).inFlight, sticky.target(1).inFlight].sort()).toEqual([0, 4]);
  });

  test("finds out by connecting which targets are there", async () => {
    const target = await startTarget();
    const gone = unusedPort();
    const relay = startRelay({ targets: [target.port, gone], group: { health: undefined } });
    relay.service.start();
    await until("both checked", () => relay.states.length === 2);
    expect(relay.states.sort()).toEqual(
      [
        `127.0.0.1:${target.port} healthy: check passed`,
        `127.0.0.1:${gone} unhealthy: check failed: connect: ECONNREFUSED`,
      ].sort(),
    );
  });
});
