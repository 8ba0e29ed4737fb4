import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { startHoldingOrigin } from "../testing/holding-origin.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startLoad } from "../testing/request-load.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const takeovers = 3;

const opened = stopAfterEach();

async function start(more: object = {}, listener: object = {}) {
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
  const { balancer } = await BalancerProcess.serve(config);
  opened(balancer);
  /** The processes that were started, the last one last. */
  const successors = () =>
    [...balancer.stderr.matchAll(/process (\d+) starts/g)].map(([, pid]) => Number(pid));
  opened({ stop: () => successors().forEach(kill) });
  const started = () => balancer.stdout.split("listener a on").length - 1;
  /** Has the process take its successor's place, and waits until it serves. */
  const takeOver = async (pid: number | undefined) => {
    const before = started();
    if (pid === undefined) balancer.signal("SIGUSR2");
    else process.kill(pid, "SIGUSR2");
    await until("the next process serves", () => started() > before);
    return successors().at(-1);
  };
  return { balancer, port, held, successors, takeOver };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended already.
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.each([
  { edge: "wire", workers: 1 },
  { edge: "serve", workers: 1 },
  { edge: "wire", workers: 2 },
])("the edge $edge with $workers workers", ({ edge, workers }) => {
  test(`${takeovers} takeovers under load lose no request, and each process before ends`, async () => {
    const { port, takeOver, successors } = await start({ workers }, { edge });
    const load = startLoad(port);
    await load.more(100);
    let pid: number | undefined;
    for (let i = 0; i < takeovers; i++) {
      pid = await takeOver(pid);
      await load.more(200);
    }
    expect(await load.stop()).toEqual(["200 hi"]);
    await until("only the last one runs", () => successors().filter(isRunning).length === 1);
  }, 60_000);
});

test("a request that is open is answered by the process that took it", async () => {
  const { port, held, takeOver, balancer } = await start();
  const client = await RawClient.connect(port);
  const open = client.ask("GET", "/held");
  await until("the target has it", () => held.length === 1);
  await takeOver(undefined);
  expect(String((await (await RawClient.connect(port)).ask("GET", "/")).body)).toBe("hi");
  expect(balancer.stderr).toContain("draining");
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

test("a change of the number of workers, and the admin address, come with it", async () => {
  const { port, balancer, takeOver } = await start({ admin: { listen: "127.0.0.1:0" } });
  const load = startLoad(port);
  await load.more(50);
  const config = await Bun.file(join(balancer.directory, "lb.json")).json();
  const admin = Number(/admin on .*:(\d+)/.exec(balancer.stdout)?.[1]);
  const next = { ...config, workers: 2, admin: { listen: `127.0.0.1:${admin}` } };
  writeFileSync(join(balancer.directory, "lb.json"), JSON.stringify(next));
  const pid = await takeOver(undefined);
  await load.more(100);
  await until("it is the next one's", async () => {
    const status = await (await fetch(`http://127.0.0.1:${admin}/status`)).json();
    return (status as { uptimeSeconds: number }).uptimeSeconds < 60 && pid !== undefined;
  });
  writeFileSync(join(balancer.directory, "lb.json"), JSON.stringify({ ...next, workers: 1 }));
  await takeOver(pid);
  await load.more(100);
  expect(await load.stop()).toEqual(["200 hi"]);
}, 30_000);
