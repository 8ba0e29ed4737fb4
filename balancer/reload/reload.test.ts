import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { type Balancer, startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { createAuthority, issue, type KeyPair } from "../testing/certificates.ts";
import { startHoldingOrigin } from "../testing/holding-origin.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startLoad } from "../testing/request-load.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const opened = stopAfterEach();

async function startOrigin(name: string) {
  const { origin, held } = opened(await startHoldingOrigin(name));
  return { url: origin.url, origin, held };
}

const http = (more: object = {}) => ({
  name: "a",
  protocol: "http",
  listen: "127.0.0.1:0",
  status: "/status",
  routes: [{ group: "g" }],
  ...more,
});

interface Setup {
  readonly listener?: object;
  readonly group?: object;
  readonly more?: object;
}

const load = (config: object) => parseConfig(JSON.stringify(config), "lb.json");

/** A balancer with one group on one origin, and what makes other configs of it. */
async function start(workers: number, { listener = {}, group = {}, more = {} }: Setup = {}) {
  const first = await startOrigin("first");
  const lines: string[] = [];
  const configOf = (own: Setup = {}) => ({
    listeners: [http({ ...listener, ...own.listener })],
    groups: { g: { health: false, targets: [{ id: "t", url: first.url }], ...group, ...own.group } },
    workers,
    drainTimeout: "2s",
    ...more,
    ...own.more,
  });
  const loaded = load(configOf());
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = await startBalancer(loaded.config, (line) => lines.push(line));
  opened(balancer);
  const reload = (own: Setup) => balancer.reload(load(configOf(own)), "test");
  return { first, balancer, lines, reload, configOf };
}

function portOf({ listeners }: Balancer, index = 0): number {
  return Number(/:(\d+)$/.exec(listeners[index]?.url ?? "")?.[1]);
}

async function connect(port: number, count: number): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(port)));
  opened({ stop: () => clients.forEach((client) => void client.socket.destroy()) });
  return clients;
}

async function ask(clients: readonly RawClient[], path = "/") {
  return Promise.all(
    clients.map(async (client) => {
      const { status, body } = await client.ask("GET", path);
      return `${status} ${body}`.trim();
    }),
  );
}

/** Every thread's clients get this, at the latest when the last worker has read the message. */
async function untilAll(clients: readonly RawClient[], expected: string, path = "/"): Promise<void> {
  await until(`all get ${expected}`, async () =>
    (await ask(clients, path)).every((answer) => answer.startsWith(expected)),
  );
}

const combinations = ["wire", "serve"].flatMap((edge) => [1, 2].map((workers) => ({ edge, workers })));

describe.each(combinations)("the edge $edge with $workers workers", ({ edge, workers }) => {
  test("open connections take new routes; the target keeps its counts and connections", async () => {
    const { balancer, reload, first, lines } = await start(workers, { listener: { edge } });
    const clients = await connect(portOf(balancer), 12);
    await ask(clients);
    const before = [...first.origin.connections];
    const routes = [{ path: "/new", group: "g", stripPrefix: true }];
    const group = { policy: "least-connections", responseTimeout: "9s" };
    expect(await reload({ listener: { routes }, group })).toEqual({ ok: true, needRestart: [] });
    await untilAll(clients, "404");
    expect(new Set(await ask(clients, "/new"))).toEqual(new Set(["200 first"]));
    expect(before.some(({ isClosed }) => isClosed)).toBe(false);
    const [status = ""] = await ask(clients.slice(0, 1), "/status");
    const { groups, reload: told } = JSON.parse(status.slice(4));
    expect(groups.g).toMatchObject({ policy: "least-connections", targets: [{ inFlight: 0 }] });
    expect(groups.g.targets[0].requests).toBeGreaterThanOrEqual(24);
    if (workers === 1) expect(told).toMatchObject({ ok: true, reloads: 1, refused: 0 });
    expect(lines).toContain("reload (test): the new config is in force");
  });

  test("a request ends by what it began with, though its group is gone", async () => {
    const { balancer, reload, first } = await start(workers, { listener: { edge } });
    const second = await startOrigin("second");
    const clients = await connect(portOf(balancer), 6);
    const open = ask(clients, "/held");
    await until("they are at the target", () => first.held.length === 6);
    const more = {
      listeners: [http({ edge, routes: [{ group: "h" }] })],
      groups: { h: { health: false, targets: [{ url: second.url }] } },
    };
    expect((await reload({ more })).ok).toBe(true);
    const others = await connect(portOf(balancer), 6);
    await untilAll(others, "200 second");
    for (const answer of first.held) answer();
    expect(new Set(await open)).toEqual(new Set(["200 first"]));
    await untilAll(clients, "200 second");
    await until("connections to the group that is gone are closed", () => first.origin.open === 0);
  });

  test("what can't be opened refuses the whole config, and what was opened for it is closed", async () => {
    const { balancer, reload } = await start(workers, { listener: { edge } });
    const [free, taken] = [await unusedPort(), await startOrigin("taken")];
    const clients = await connect(portOf(balancer), 6);
    const listeners = [
      http({ edge, routes: [{ path: "/none", group: "g" }] }),
      http({ name: "b", listen: `127.0.0.1:${free}` }),
      http({ name: "c", listen: `127.0.0.1:${taken.origin.port}` }),
    ];
    const refused = await reload({ more: { listeners } });
    expect(refused).toMatchObject({
      ok: false,
      faults: [expect.stringContaining("listener c: can't listen")],
    });
    expect(new Set(await ask(clients))).toEqual(new Set(["200 first"]));
    await until("the port is free again", () =>
      RawClient.connect(free).then(
        (client) => void client.socket.destroy(),
        () => true,
      ),
    );
  });

  test("a listener that comes is there, and one that goes answers what is open and is there no more", async () => {
    const { balancer, reload, first } = await start(workers, { listener: { edge } });
    const [going] = await connect(portOf(balancer), 1);
    const open = ask(going === undefined ? [] : [going], "/held");
    await until("it is at the target", () => first.held.length === 1);
    const before = portOf(balancer);
    expect((await reload({ more: { listeners: [http({ name: "b", edge })] } })).ok).toBe(true);
    await untilAll(await connect(portOf(balancer), 6), "200 first");
    await until("the other port is closed", () =>
      RawClient.connect(before).then(
        (client) => void client.socket.destroy(),
        () => true,
      ),
    );
    first.held[0]?.();
    expect(await open).toEqual(["200 first"]);
    await going?.closed();
  });

  test("50 reloads under load lose no request", async () => {
    const { balancer, reload } = await start(workers, { listener: { edge } });
    const second = await startOrigin("second");
    const port = portOf(balancer);
    const load = startLoad(port);
    for (let i = 0; i < 50; i++) {
      const targets = [{ id: "t", url: second.url, weight: 1 + (i % 5) }];
      const group = [{ targets }, { policy: i % 4 === 1 ? "random" : "ewma" }, { maxConnections: 100 + i }][
        i % 3
      ];
      const listener = {
        edge: edge === "wire" && i % 10 === 9 ? "serve" : edge,
        idleTimeout: `${60 + (i % 2)}s`,
      };
      expect((await reload({ group: group ?? {}, listener })).ok).toBe(true);
      await load.more(10);
    }
    expect(await load.stop()).toEqual(["200 first", "200 second"]);
  }, 30_000);
});

async function certificateShown(port: number): Promise<string> {
  const shown = Promise.withResolvers<string>();
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
    shown.resolve(socket.getPeerCertificate().fingerprint256);
    socket.destroy();
  });
  socket.on("error", shown.reject);
  return shown.promise;
}

describe.each(combinations)("certificates on the edge $edge with $workers workers", ({ edge, workers }) => {
  test("are those of the files at the last reload; connections and requests stay", async () => {
    const directory = mkdtempSync(join(tmpdir(), "ballast-reload-"));
    opened({ stop: () => rmSync(directory, { recursive: true }) });
    const tls = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
    const authority = await createAuthority();
    const [one, two] = [await issue(authority, "localhost"), await issue(authority, "localhost")];
    const write = ({ cert, key }: KeyPair) => {
      writeFileSync(tls.cert, cert);
      writeFileSync(tls.key, key);
    };
    write(one);
    const { balancer, reload } = await start(workers, { listener: { edge, tls } });
    const port = portOf(balancer);
    const before = await certificateShown(port);
    write({ cert: two.cert, key: one.key });
    expect(await reload({})).toMatchObject({
      ok: false,
      faults: [`${tls.key}: found a key that is not that of ${tls.cert}, expected the certificate's own`],
    });
    expect(await certificateShown(port)).toBe(before);
    write(two);
    const load = Array.from({ length: 20 }, () =>
      fetch(`https://127.0.0.1:${port}/`, { tls: { rejectUnauthorized: false }, keepalive: false }),
    );
    expect((await reload({})).ok).toBe(true);
    await until("the other is shown", async () => (await certificateShown(port)) !== before);
    for (const response of await Promise.all(load)) expect(response.status).toBe(200);
    expect(await certificateShown(port)).not.toBe(before);
  });
});

test("how many connections a listener may have changes with it", async () => {
  const { balancer, reload } = await start(1, { listener: { edge: "wire", maxConnections: 1 } });
  const port = portOf(balancer);
  expect(await ask(await connect(port, 1))).toEqual(["200 first"]);
  for (const client of await connect(port, 1)) await client.closed();
  expect((await reload({ listener: { edge: "wire", maxConnections: 2 } })).ok).toBe(true);
  expect(await ask(await connect(port, 1))).toEqual(["200 first"]);
  for (const client of await connect(port, 1)) await client.closed();
});

test("what only a start can change is named", async () => {
  const { reload, lines } = await start(1);
  const more = { workers: 2, admin: { listen: "127.0.0.1:0" } };
  expect(await reload({ more })).toEqual({ ok: true, needRestart: ["workers", "admin"] });
  expect(lines).toContain("reload (test): changes of workers, admin hold only from the next start on");
});

test("a config with faults changes nothing, and each fault is in the log", async () => {
  const { balancer, reload, lines } = await start(1);
  expect((await reload({ group: { polcy: "random" } })).ok).toBe(false);
  expect(await ask(await connect(portOf(balancer), 1))).toEqual(["200 first"]);
  expect(lines.join("\n")).toContain('groups.g.polcy: found an unknown key, expected "policy"');
  const [status = ""] = await ask(await connect(portOf(balancer), 1), "/status");
  expect(JSON.parse(status.slice(4)).reload).toMatchObject({ ok: false, reloads: 1, refused: 1 });
});

test("an access log that was moved away is opened anew", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-reload-"));
  opened({ stop: () => rmSync(directory, { recursive: true }) });
  const accessLog = join(directory, "access.log");
  const { balancer, reload } = await start(1, { more: { accessLog } });
  const clients = await connect(portOf(balancer), 1);
  await ask(clients, "/one");
  const isIn = (path: string) => existsSync(accessLog) && readFileSync(accessLog, "utf8").includes(path);
  await until("the line is there", () => isIn("/one"));
  renameSync(accessLog, `${accessLog}.1`);
  await reload({});
  await ask(clients, "/two");
  await until("the next is in a new file", () => isIn("/two"));
  expect(readFileSync(accessLog, "utf8")).not.toContain("/one");
});
