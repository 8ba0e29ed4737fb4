import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { ControlClient, failed, hello, registering, successful } from "../control/control.fixture.ts";
import type { StatusDocument } from "../observe/status.ts";
import { isRefused } from "../testing/is-refused.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const opened = stopAfterEach();

const control = { listen: "127.0.0.1:0", bind: "127.0.0.1", policy: "round-robin" };
const listener = {
  name: "public",
  protocol: "http",
  listen: "127.0.0.1:0",
  status: "/status",
  routes: [{ group: "g" }],
};
const base = {
  listeners: [listener],
  groups: { g: { health: false, targets: [{ url: "http://127.0.0.1:1" }] } },
};

async function start(first: object = { control }, workers = 1) {
  const log: string[] = [];
  const load = (more: object) => parseConfig(JSON.stringify({ ...base, workers, ...more }), "lb.json");
  const loaded = load(first);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = await startBalancer(loaded.config, (line) => log.push(line));
  opened({ stop: () => balancer.stop() });
  const reload = (more: object) => balancer.reload(load(more), "test");
  const connectControl = async (address: string) => {
    const client = await ControlClient.connect(Number(new URL(balancer.control ?? "").port), address);
    opened({ stop: () => client.socket.destroy() });
    return client;
  };
  const status = async () => {
    const response = await fetch(`${balancer.listeners[0]?.url}/status`);
    return ((await response.json()) as StatusDocument).control;
  };
  return { balancer, log, reload, connectControl, status };
}

const done = { ok: true, needRestart: [] } as const;

/** A server that sends back what comes, registered as `protocol` from an address of its own. */
function echoOn(hostname: string, port: number): void {
  const server = Bun.listen({
    hostname,
    port,
    socket: { data: (socket, bytes) => void socket.write(bytes) },
  });
  opened({ stop: () => server.stop(true) });
}

function httpOn(hostname: string, port: number): void {
  const server = Bun.serve({ hostname, port, fetch: () => new Response(hostname) });
  opened({ stop: () => server.stop(true) });
}

async function clientOf(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  opened({ stop: () => client.socket.destroy() });
  return client;
}

async function echo(client: RawClient, text: string): Promise<void> {
  client.send(text);
  await client.wait("the echo", () => client.received.length >= text.length || undefined);
  expect(client.take(text.length).toString()).toBe(text);
}

describe.each([1, 2])("a reload with %p workers", (workers) => {
  test("leaves servers, their ports and open connections as they are", async () => {
    const { balancer, reload, connectControl, status } = await start({ control }, workers);
    const port = unusedPort();
    echoOn("127.0.0.2", port);
    const server = await connectControl("127.0.0.2");
    expect(await server.ask(registering(port, { id: "i-1" }))).toEqual(successful);
    const client = await clientOf(port);
    await echo(client, "before");
    const before = balancer.control;
    const groups = { g: { ...base.groups.g, policy: "random" } };
    expect(await reload({ control, groups })).toEqual(done);
    expect(await reload({ control: { ...control, hello: "100ms" }, groups })).toEqual(done);
    await echo(client, "after");
    await echo(await clientOf(port), "new");
    expect(balancer.control).toBe(before);
    expect(server.isClosed).toBe(false);
    const told = await until("it is told of", async () => {
      const now = await status();
      return now?.ports[0]?.servers[0]?.inFlight === 2 && now;
    });
    expect(told).toMatchObject({ connections: 1, ports: [{ port, servers: [{ id: "i-1" }] }] });
  });
});

describe("what a config changes", () => {
  test("of token, allow and ports holds for what is registered from now on", async () => {
    const { reload, connectControl, status } = await start();
    const [one, two, three] = [unusedPort(), unusedPort(), unusedPort()];
    const server = await connectControl("127.0.0.2");
    expect(await server.ask(registering(one))).toEqual(successful);
    expect(await reload({ control: { ...control, token: "t" } })).toEqual(done);
    expect(await server.ask(registering(two))).toEqual(
      failed("token: found none, expected the configured one"),
    );
    expect(await server.ask(registering(two, { token: "t" }))).toEqual(successful);
    expect(await reload({ control: { ...control, ports: `${one}` } })).toEqual(done);
    expect(await server.ask(registering(three))).toEqual(
      failed(`port: found ${three}, expected one from ${one} to ${one}`),
    );
    expect(await reload({ control: { ...control, allow: ["127.0.0.3/32"] } })).toEqual(done);
    expect(await server.ask(registering(three))).toEqual(
      failed("found a registration from 127.0.0.2, expected one from a network that may register"),
    );
    expect(await (await connectControl("127.0.0.2")).next()).toMatchObject({ ack: "failed" });
    expect(await (await connectControl("127.0.0.3")).ask(registering(three))).toEqual(successful);
    expect((await status())?.ports.map(({ port }) => port)).toEqual([one, two, three]);
  });

  test("of bind holds for ports that are opened from now on", async () => {
    const { reload, connectControl } = await start();
    const [one, two] = [unusedPort(), unusedPort()];
    echoOn("127.0.0.2", one);
    echoOn("127.0.0.2", two);
    const server = await connectControl("127.0.0.2");
    await server.ask(registering(one));
    expect(await reload({ control: { ...control, bind: "127.0.0.7" } })).toEqual(done);
    expect(await server.ask(registering(two))).toEqual(successful);
    await echo(await clientOf(one), "as before");
    expect(await isRefused(two)).toBe(true);
  });

  test("of hello and its timeout holds at once", async () => {
    const { reload, connectControl } = await start({ control: { ...control, hello: "1h", timeout: "1h" } });
    const server = await connectControl("127.0.0.2");
    await server.ask(registering(unusedPort()));
    expect(await reload({ control: { ...control, hello: "20ms", timeout: "1h" } })).toEqual(done);
    expect(await server.next()).toEqual(hello);
    expect(server.isClosed).toBe(false);
    expect(await reload({ control: { ...control, hello: "20ms", timeout: "30ms" } })).toEqual(done);
    await server.closed();
  });

  test("of listen opens there, and connections from before stay", async () => {
    const { balancer, reload, connectControl } = await start();
    const [before, next] = [Number(new URL(balancer.control ?? "").port), unusedPort()];
    const server = await connectControl("127.0.0.2");
    await server.ask(registering(unusedPort()));
    expect(await reload({ control: { ...control, listen: `127.0.0.1:${next}` } })).toEqual(done);
    expect(balancer.control).toBe(`tcp://127.0.0.1:${next}`);
    await until("the former is closed", () => isRefused(before));
    expect(await server.ask(registering(unusedPort()))).toEqual(successful);
    expect(await (await connectControl("127.0.0.3")).ask(registering(unusedPort()))).toEqual(successful);
  });

  test("that can't be had changes nothing", async () => {
    const { balancer, reload, connectControl } = await start();
    const [before, taken] = [balancer.control, unusedPort()];
    httpOn("127.0.0.1", taken);
    expect(await reload({ control: { ...control, listen: `127.0.0.1:${taken}`, token: "t" } })).toMatchObject(
      { ok: false, faults: [expect.stringContaining(`control: can't listen on 127.0.0.1:${taken}`)] },
    );
    const other = { ...listener, name: "other", listen: `127.0.0.1:${taken}` };
    const next = { listen: `127.0.0.1:${unusedPort()}` };
    const listeners = [listener, other];
    expect((await reload({ listeners, control: { ...control, ...next } })).ok).toBe(false);
    expect(await isRefused(Number(next.listen.split(":")[1]))).toBe(true);
    expect(balancer.control).toBe(before);
    expect(await (await connectControl("127.0.0.2")).ask(registering(unusedPort()))).toEqual(successful);
  });
});

test("a config without control lets clients finish, and one that has it again begins anew", async () => {
  const { balancer, reload, connectControl, status } = await start();
  const port = unusedPort();
  echoOn("127.0.0.2", port);
  const server = await connectControl("127.0.0.2");
  await server.ask(registering(port));
  const client = await clientOf(port);
  await echo(client, "before");
  expect(await reload({})).toEqual(done);
  await server.closed();
  await until("no new clients are taken", () => isRefused(port));
  await echo(client, "after");
  expect([balancer.control, await status()]).toEqual([undefined, undefined]);
  expect(await reload({ control })).toEqual(done);
  expect(await (await connectControl("127.0.0.2")).ask(registering(port))).toEqual(successful);
  await echo(await clientOf(port), "again");
  await echo(client, "still");
});

test("the access log of a new config takes what comes on ports that were open before", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-control-"));
  opened({ stop: () => rmSync(directory, { recursive: true }) });
  const [one, two] = [join(directory, "one.log"), join(directory, "two.log")];
  const { reload, connectControl } = await start({ control, accessLog: one });
  const port = unusedPort();
  httpOn("127.0.0.2", port);
  const server = await connectControl("127.0.0.2");
  await server.ask(registering(port, { protocol: "api" }));
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  await get("/before");
  expect(await reload({ control, accessLog: two })).toEqual(done);
  await get("/after");
  const isIn = (file: string, path: string) => existsSync(file) && readFileSync(file, "utf8").includes(path);
  await until("each is in its own", () => isIn(one, "/before") && isIn(two, "/after"));
});
