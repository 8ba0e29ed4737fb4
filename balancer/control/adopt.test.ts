import { expect, test } from "bun:test";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { ControlFixture, registering, successful } from "./control.fixture.ts";
import type { LeftPort } from "./registered.ts";

const started = stopAfterEach();
let fixture: ControlFixture;
const start = (...options: ConstructorParameters<typeof ControlFixture>) => {
  fixture = started(new ControlFixture(...options));
  return fixture;
};

const registerTimeoutMs = 10_000;
const server = (address: string, id = `${address}:80`, weight = 1) => ({ address, id, weight });
const left = (port: number, ...servers: LeftPort["servers"]): LeftPort => ({
  protocol: "tcp",
  port,
  bind: "127.0.0.100",
  policy: "random",
  servers,
});

test("ports are open at once, with their servers; who registers in time stays, the others go", async () => {
  const { opened, clock, server: control } = start({ hello: "1h" });
  await control.adopt([
    left(80, server("127.0.0.2"), server("127.0.0.3", "b", 4)),
    left(81, server("127.0.0.3", "c")),
  ]);
  expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80 b", "tcp/81: c"]);
  expect(opened[0]?.request.policy.name).toBe("random");
  expect(opened[0]?.group.targets.map(({ weight }) => weight)).toEqual([1, 4]);
  const client = await fixture.client("127.0.0.3");
  expect(await client.ask(registering(80, { id: "b", weight: 4 }))).toEqual(successful);
  expect(opened[0]?.group.targets).toHaveLength(2);
  clock.advance(registerTimeoutMs - 1);
  expect(fixture.states).toHaveLength(2);
  clock.advance(1);
  await fixture.untilStates("tcp/80: b");
  expect(opened.map(({ isDraining }) => isDraining)).toEqual([false, true]);
  client.socket.destroy();
  await fixture.untilStates();
});

test("one that registers in other words, or by another name, counts by those", async () => {
  const { server: control } = start();
  await control.adopt([left(80, server("127.0.0.2", "a", 2), server("127.0.0.3", "b"))]);
  const client = await fixture.client("127.0.0.2");
  expect(await client.ask(registering(80, { id: "other", weight: 5 }))).toEqual(successful);
  expect(fixture.states).toEqual(["tcp/80: b other"]);
  expect(await client.ask(registering(80, { id: "third" }))).toMatchObject({ ack: "failed" });
});

test("what the rules of now don't allow is not adopted, and the log says so", async () => {
  const { server: control, log, opened } = start({ ports: "80", allow: ["127.0.0.2"], maxServers: 1 });
  await control.adopt([
    left(81, server("127.0.0.2")),
    left(80, server("127.0.0.3"), server("127.0.0.2")),
    { ...left(80, server("127.0.0.2")), protocol: "udp" },
  ]);
  expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
  expect(opened).toHaveLength(1);
  expect(log).toContain(
    "control: tcp/81: 127.0.0.2 is not taken over: port: found 81, expected one from 80 to 80",
  );
  expect(log).toContain(
    "control: udp/80: 127.0.0.2 is not taken over: found 1 servers registered, expected fewer than 1",
  );
});
