import { expect, test } from "bun:test";
import { FaultyServer } from "../../bench/faults/servers.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";
import { ChaosClients } from "./clients.ts";
import { chaosConfig } from "./config.ts";
import { serverCount } from "./plan.ts";

const equalShare = 1 / serverCount;

/** The part of the requests that each target gets from now on, by `/status`. */
async function sharesFromNow(port: number) {
  const counts = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/status`);
    const { groups } = (await response.json()) as {
      groups: { targets: { targets: { requests: number }[] } };
    };
    return groups.targets.targets.map(({ requests }) => requests);
  };
  const before = await counts();
  return async () => {
    const since = (await counts()).map((count, index) => count - (before[index] ?? 0));
    const total = since.reduce((sum, count) => sum + count, 0);
    return { total, of: (index: number) => (since[index] ?? 0) / total };
  };
}

test("one of nine that fails all fast gets < 2 % after 1 s, and its share back within 30 s of its recovery", async () => {
  const servers = await FaultyServer.startAll(serverCount, 1);
  const port = unusedPort();
  const config = chaosConfig({ edge: "wire", workers: 1, port, targets: servers });
  const { balancer } = await BalancerProcess.serve(config);
  const clients = new ChaosClients(port, 1);
  try {
    const [faulty] = servers;
    await until("all have traffic", async () => clients.ended.length > 400, 20_000);
    await faulty?.behave("failing");
    await Bun.sleep(1000);
    const whileFailing = await sharesFromNow(port);
    await until("enough requests to tell", async () => (await whileFailing()).total > 500, 10_000);
    expect((await whileFailing()).of(0)).toBeLessThan(0.02);
    await faulty?.behave("sound");
    const soundAtMs = performance.now();
    let isBack = false;
    while (!isBack && performance.now() < soundAtMs + 30_000) {
      const recent = await sharesFromNow(port);
      await until("enough requests to tell", async () => (await recent()).total > 300, 10_000);
      isBack = (await recent()).of(0) > 0.8 * equalShare;
    }
    console.log(`its share is back after ${((performance.now() - soundAtMs) / 1000).toFixed(1)} s`);
    expect(isBack).toBe(true);
  } finally {
    await clients.stop();
    await balancer.stop();
    await Promise.all(servers.map((server) => server.kill()));
  }
}, 70_000);
