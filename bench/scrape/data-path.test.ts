import { expect, test } from "bun:test";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../../balancer/cluster/virtual-clock.ts";
import { until } from "../../balancer/testing/until.ts";
import { ownClosedLoop } from "../peers/generators/own.ts";
import { withTestContext } from "../peers/peers.fixture.ts";
import { measureDataPath } from "./data-path.ts";
import { startScraping } from "./start-scraping.ts";

const balancerMain = join(import.meta.dir, "..", "..", "balancer", "main.ts");

test("two proxies have the load in turns, and one is scraped meanwhile", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ballast-scrape-"));
  const executable = join(directory, "balancer");
  await Bun.write(executable, `#!/bin/sh\nexec ${process.execPath} ${balancerMain} "$@"\n`);
  await chmod(executable, 0o755);
  const plan = {
    load: ownClosedLoop(8, "/"),
    targets: 2,
    warmupMs: 50,
    together: false,
    leadInMs: 0,
    sliceMs: 100,
    turns: 3,
  };
  const measured = await withTestContext((context) => measureDataPath(context, executable, plan));
  await rm(directory, { recursive: true });
  if (!measured.ok) throw new Error(measured.fault);
  const { turns, lowestRatio, ratio, highestRatio, scrapes } = measured.value;
  expect(turns).toBe(3);
  expect(scrapes).toBeGreaterThan(0);
  expect(ratio).toBeWithin(lowestRatio, highestRatio + 1e-9);
});

test("it scrapes at once and each second, until it is stopped", async () => {
  const clock = new VirtualClock();
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(String(++asked)) });
  let asked = 0;
  const scraping = startScraping(`${server.url}metrics`, clock);
  await until("the first", () => asked === 1);
  clock.advance(2000);
  await until("two more", () => asked === 3);
  expect(await scraping.stop()).toEqual({ ok: true, value: 3 });
  clock.advance(5000);
  expect(await scraping.stop()).toEqual({ ok: true, value: 3 });
});

test("a scrape that fails is told, whatever comes after it", async () => {
  const clock = new VirtualClock();
  let status = 500;
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response(null, { status }),
  });
  const scraping = startScraping(`${server.url}metrics`, clock);
  await scraping.stop();
  status = 200;
  expect(await scraping.stop()).toEqual({
    ok: false,
    fault: `${server.url}metrics: found status 500, expected 200`,
  });
});
