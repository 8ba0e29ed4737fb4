import { describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BalancerProcess } from "./testing/balancer-process.ts";
import { createAuthority, issue } from "./testing/certificates.ts";
import { DnsServerFixture } from "./testing/dns-server.ts";
import { startHoldingOrigin } from "./testing/holding-origin.ts";
import { stopAfterEach } from "./testing/stop-after-each.ts";
import { until } from "./testing/until.ts";
import { unusedPort } from "./testing/unused-port.ts";

const opened = stopAfterEach();

async function start(more: object = {}) {
  const { origin, held } = opened(await startHoldingOrigin());
  const config = {
    listeners: [
      {
        name: "a",
        protocol: "http",
        listen: `127.0.0.1:${unusedPort()}`,
        routes: [{ path: "/", group: "g" }],
      },
    ],
    groups: { g: { health: false, targets: [{ url: origin.url }] } },
    ...more,
  };
  const { balancer, port } = await BalancerProcess.serve(config);
  opened(balancer);
  const said = (line: string) => until(line, () => balancer.stderr.includes(line));
  const [listener] = config.listeners;
  /** The same, with other routes. */
  const routed = (path: string) => ({
    ...config,
    listeners: [{ ...listener, routes: [{ path, group: "g" }] }],
  });
  const file = join(balancer.directory, "lb.json");
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  return { balancer, config, port, file, said, routed, status, held };
}

describe("with watch", () => {
  test("a changed file is in force, a bad one is not, and one that is moved into its place is", async () => {
    const { file, said, routed, status } = await start({ watch: true });
    writeFileSync(file, JSON.stringify(routed("/one")));
    await said("reload (changed files): the new config is in force");
    expect([await status("/one"), await status("/two")]).toEqual([200, 404]);
    writeFileSync(file, '{ "listeners": ');
    await said("reload (changed files): refused, the former config is still in force");
    expect(await status("/one")).toBe(200);
    writeFileSync(`${file}.new`, JSON.stringify(routed("/two")));
    renameSync(`${file}.new`, file);
    await until("it is in force", async () => (await status("/two")) === 200);
  }, 15_000);

  test("what the admin has put in force stays when it names other files, until one of them changes", async () => {
    const adminPort = unusedPort();
    const admin = { listen: `127.0.0.1:${adminPort}` };
    const { balancer, config, said } = await start({ watch: true, admin });
    await until("the admin is up", () => balancer.stdout.includes("admin on"));
    const authority = await createAuthority();
    const tls = { cert: join(balancer.directory, "c.pem"), key: join(balancer.directory, "k.pem") };
    const write = async () => {
      const { cert, key } = await issue(authority, "localhost");
      writeFileSync(tls.cert, cert);
      writeFileSync(tls.key, key);
    };
    await write();
    const [listener] = config.listeners;
    const next = { ...config, listeners: [{ ...listener, tls }] };
    const url = `http://127.0.0.1:${adminPort}/config`;
    const put = await fetch(url, { method: "PUT", body: JSON.stringify(next) });
    expect(put.status).toBe(200);
    // Longer than it takes to look twice: what is waited for is that nothing happens.
    await Bun.sleep(1500);
    expect(balancer.stderr).not.toContain("changed files");
    await write();
    await said("reload (changed files): the new config is in force");
  }, 15_000);
});

describe("SIGHUP", () => {
  test("while it drains is refused, and opens nothing", async () => {
    const { balancer, config, port, file, said, held } = await start();
    const open = fetch(`http://127.0.0.1:${port}/held`);
    await until("the target has it", () => held.length === 1);
    balancer.signal("SIGTERM");
    await said("draining");
    const [listener] = config.listeners;
    const other = unusedPort();
    const listeners = [listener, { ...listener, name: "b", listen: `127.0.0.1:${other}` }];
    writeFileSync(file, JSON.stringify({ ...config, listeners }));
    balancer.signal("SIGHUP");
    await said("reload (SIGHUP): the balancer is ending");
    await expect(fetch(`http://127.0.0.1:${other}/`)).rejects.toThrow();
    held[0]?.();
    expect(await (await open).text()).toBe("hi");
    expect((await balancer.exited).exitCode).toBe(0);
  });

  test("while it starts does not end it, and is done afterwards", async () => {
    const { balancer, find } = await startLooking();
    balancer.signal("SIGHUP");
    find();
    await until("it has reloaded", () => balancer.stderr.includes("reload (SIGHUP): the new"));
  });
});

describe("SIGTERM while it starts", () => {
  test("drains what it has begun to serve", async () => {
    const { balancer, find } = await startLooking();
    balancer.signal("SIGTERM");
    find();
    expect(await balancer.exited).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("draining") });
  });

  test("ends it at once the second time", async () => {
    const { balancer } = await startLooking();
    balancer.signal("SIGTERM");
    balancer.signal("SIGINT");
    expect(await balancer.exited).toMatchObject({ exitCode: 0, stdout: "" });
  });
});

/** One that is looking for its targets, and does not serve before `find` lets it have an answer. */
async function startLooking() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const resolver = await DnsServerFixture.start(async ({ type }) => {
    await promise;
    return { answers: type === 1 ? [{ type: "A", address: [127, 0, 0, 1] }] : [] };
  });
  opened(resolver);
  const discovery = { provider: "dns", name: "t.test", port: 80, resolver: `127.0.0.1:${resolver.port}` };
  const groups = { g: { health: false, targets: [], discovery } };
  const listeners = [{ name: "a", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }];
  const files = { "lb.json": JSON.stringify({ listeners, groups }) };
  const balancer = opened(BalancerProcess.start(["--config", "lb.json"], files));
  await until("it looks for targets", () => resolver.questions.length > 0);
  return { balancer, find: resolve };
}
