import { describe, expect, test } from "bun:test";
import { controlStatus } from "../observe/control-status.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { ControlFixture, registering, unregistering } from "./control.fixture.ts";

const started = stopAfterEach();
let fixture: ControlFixture;
const start = (...options: ConstructorParameters<typeof ControlFixture>) => {
  fixture = started(new ControlFixture(...options));
  return fixture;
};

describe("the end", () => {
  test("drains: servers are told at once, so that they go elsewhere, and clients finish at those that they have", async () => {
    const { opened } = start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80));
    let isOver = false;
    const drained = fixture.server.drain().then(() => {
      isOver = true;
    });
    await client.closed();
    await until("the port drains", () => opened[0]?.isDraining);
    await expect(fixture.client()).rejects.toThrow("ECONNREFUSED");
    expect(opened[0]?.group.targets.length).toBe(1);
    expect(isOver).toBe(false);
    opened[0]?.drained.resolve();
    await drained;
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
            load: null,
            loadAgeMs: null,
            address: "127.0.0.2",
            connections: 2,
            probeMs: null,
          },
        ],
      },
    ],
  });
});
