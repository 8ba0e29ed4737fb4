import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { startHoldingOrigin } from "../testing/holding-origin.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startLoad } from "../testing/request-load.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { Takeovers } from "../testing/takeovers.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const takeoverCount = 3;

const opened = stopAfterEach();

async function start(more: object = {}, listener: object = {}, executable?: string) {
  const { origin, held } = opened(await startHoldingOrigin());
  const port = await unusedPort();
  const config = {
    listeners: [
      { name: "a", protocol: "http", listen: `127.0.0.1:${port}`, routes: [{ group: "g" }], ...listener },
    ],
    groups: { g: { health: false, targets: [{ url: origin.url }] } },
    drainTimeout: "5s",
    ...more,
  };
  const { balancer } = await BalancerProcess.serve(config, executable);
  opened(balancer);
  const takeovers = opened(new Takeovers(balancer, "listener a on"));
  return { balancer, port, held, takeovers };
}

describe.each([
  { edge: "wire", workers: 1 },
  { edge: "serve", workers: 1 },
  { edge: "wire", workers: 2 },
])("the edge $edge with $workers workers", ({ edge, workers }) => {
  test(`${takeoverCount} takeovers under load lose no request, and each process before ends`, async () => {
    const { port, takeovers } = await start({ workers }, { edge });
    const load = startLoad(port);
    await load.more(100);
    for (let i = 0; i < takeoverCount; i++) {
      await takeovers.next();
      await load.more(200);
    }
    expect(await load.stop()).toEqual(["200 hi"]);
    await takeovers.settled();
  }, 60_000);
});

test("a request that is open is answered by the process that took it", async () => {
  const { port, held, takeovers, balancer } = await start();
  const client = await RawClient.connect(port);
  const open = client.ask("GET", "/held");
  await until("the target has it", () => held.length === 1);
  await takeovers.next();
  expect(String((await (await RawClient.connect(port)).ask("GET", "/")).body)).toBe("hi");
  await until("the former drains", () => balancer.stderr.includes("draining"));
  held[0]?.();
  expect(String((await open).body)).toBe("hi");
}, 20_000);

test("a process that can't start leaves all to the one before", async () => {
  const { port, balancer } = await start();
  const load = startLoad(port);
  writeFileSync(join(balancer.directory, "lb.json"), "{");
  balancer.signal("SIGUSR2");
  await until("it is refused", () => balancer.stderr.includes("takeover: refused, this process goes on"));
  await load.more(100);
  expect(await load.stop()).toEqual(["200 hi"]);
  expect(balancer.stderr).not.toContain("draining");
}, 20_000);

test("a program that can't be started leaves all to the one that runs", async () => {
  const moved = mkdtempSync(join(tmpdir(), "ballast-test-"));
  opened({ stop: () => rmSync(moved, { recursive: true }) });
  const [program, command] = [join(moved, "bun"), join(moved, "balancer")];
  copyFileSync(process.execPath, program);
  const main = join(import.meta.dir, "..", "main.ts");
  writeFileSync(command, `#!/bin/sh\nexec ${program} ${main} "$@"\n`, { mode: 0o755 });
  const { balancer, port } = await start({}, {}, command);
  rmSync(program);
  const client = await RawClient.connect(port);
  for (let tries = 1; tries <= 2; tries++) {
    balancer.signal("SIGUSR2");
    await until("it is refused", () => balancer.stderr.split("takeover: refused").length > tries);
    expect(String((await client.ask("GET", "/")).body)).toBe("hi");
  }
  expect(balancer.stderr).toContain(`refused, this process goes on: ENOENT`);
}, 20_000);

test("a change of the number of workers, and the admin address, come with it", async () => {
  const { port, balancer, takeovers } = await start({ admin: { listen: "127.0.0.1:0" } });
  const load = startLoad(port);
  await load.more(50);
  const config = await Bun.file(join(balancer.directory, "lb.json")).json();
  const admin = Number(/admin on .*:(\d+)/.exec(balancer.stdout)?.[1]);
  const next = { ...config, workers: 2, admin: { listen: `127.0.0.1:${admin}` } };
  writeFileSync(join(balancer.directory, "lb.json"), JSON.stringify(next));
  await takeovers.next();
  await load.more(100);
  await until("it is the next one's", async () => {
    const status = await (await fetch(`http://127.0.0.1:${admin}/status`)).json();
    return (status as { uptimeSeconds: number }).uptimeSeconds < 60;
  });
  writeFileSync(join(balancer.directory, "lb.json"), JSON.stringify({ ...next, workers: 1 }));
  await takeovers.next();
  await load.more(100);
  expect(await load.stop()).toEqual(["200 hi"]);
}, 30_000);
