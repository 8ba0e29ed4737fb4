import { expect, test } from "bun:test";
import { join } from "node:path";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { RawClient } from "../testing/raw-client.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";
import { ratesBetween, type Snapshot } from "./snapshot.ts";
import { topTable } from "./table.ts";

const started = stopAfterEach();

function snapshot(atMs: number, requests: readonly number[], state = "healthy"): Snapshot {
  const targets = requests.map((count, index) => ({
    id: `t${index}`,
    url: "http://h:1",
    state,
    score: 1234.5,
    ewmaMs: null,
    inFlight: 2,
    requests: count,
    failures: count / 10,
    weight: 1,
  }));
  return { version: "1.2.3", uptimeSeconds: 125, groups: { g: { policy: "ewma", targets } }, atMs };
}

test("rates are of what came between two looks, shares of that", () => {
  const now = snapshot(3000, [300, 100]);
  const rates = ratesBetween(snapshot(1000, [100, 100]), now);
  expect(rates.get("g")?.get("t0")).toEqual({ requestsPerSecond: 100, failuresPerSecond: 10 });
  const lines = topTable(now, rates, { isColoured: false });
  expect(lines.slice(0, 3)).toEqual(["Ballast 1.2.3, up 2 min", "", "g · ewma · 2 of 2 serving"]);
  expect(lines[4]?.split(/\s+/)).toEqual([
    "t0",
    "healthy",
    "1235",
    "–",
    "2",
    "100",
    "10.0",
    "100",
    "%",
    "████████████████",
  ]);
  expect(lines[5]?.split(/\s+/)).toEqual(["t1", "healthy", "1235", "–", "2", "0", "0", "0", "%"]);
});

test("what has no earlier look has no rates, nor what began anew", () => {
  const now = snapshot(3000, [5]);
  for (const before of [undefined, snapshot(1000, [100]), snapshot(3000, [1])])
    expect(ratesBetween(before, now).get("g")?.size).toBe(0);
});

test("no name steers the terminal, and no line is longer than it", () => {
  const hostile = snapshot(1, [1], "\x1b[2J\n");
  const lines = topTable(hostile, new Map(), { isColoured: false, columns: 20 });
  for (const line of lines) {
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(Bun.stringWidth(line)).toBeLessThanOrEqual(20);
  }
});

const main = join(import.meta.dir, "..", "main.ts");

async function startBalancer() {
  const origin = started(await RawOrigin.start((_, connection) => connection.send(okWith("hi"))));
  const { balancer, port } = await BalancerProcess.serve({
    listeners: [
      { name: "l", protocol: "http", listen: "127.0.0.1:0", status: "/status", routes: [{ group: "g" }] },
    ],
    groups: { g: { health: false, targets: [{ id: "origin", url: origin.url }] } },
  });
  return { balancer: started(balancer), port, url: `http://127.0.0.1:${port}/status` };
}

async function top(...args: string[]) {
  return await started(BalancerProcess.start(["top", ...args])).exited;
}

test("--once prints one table, --json one line", async () => {
  const { url } = await startBalancer();
  const once = await top("--url", url, "--once", "--interval", "50ms");
  expect(once).toMatchObject({ exitCode: 0, stderr: "" });
  expect(once.stdout).toContain("g · ewma · 1 of 1 serving");
  expect(once.stdout).not.toContain("\x1b");
  const json = await top("--url", url, "--once", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ groups: { g: { targets: [{ id: "origin" }] } } });
});

test.each([
  [undefined, true],
  ["", true],
  ["1", false],
])("on a terminal with NO_COLOR %p it has colours: %p", async (noColor, isColoured) => {
  const { url } = await startBalancer();
  let screen = "";
  const { NO_COLOR: _, ...env } = process.env;
  const child = Bun.spawn([process.execPath, main, "top", "--url", url, "--once", "--interval", "50ms"], {
    env: noColor === undefined ? env : { ...env, NO_COLOR: noColor },
    terminal: {
      data(_terminal, bytes) {
        screen += Buffer.from(bytes).toString();
      },
    },
  });
  expect(await child.exited).toBe(0);
  await until("the table is whole", () => screen.includes("origin"));
  expect(screen.includes("\x1b[")).toBe(isColoured);
});

test("bad options and a balancer that is not there are told in a line", async () => {
  expect(await top("--url", "nowhere")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--url: found "nowhere", expected an http:// or https:// URL'),
  });
  const url = `http://127.0.0.1:${unusedPort()}`;
  expect(await top("--url", url, "--once")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`balancer top: ${url}/status: `),
  });
});

test("on a terminal it goes on until q, says when the balancer is gone, and leaves the screen as it was", async () => {
  const { balancer, url, port } = await startBalancer();
  let screen = "";
  const child = Bun.spawn([process.execPath, main, "top", "--url", url, "--interval", "50ms"], {
    terminal: {
      cols: 100,
      rows: 30,
      data(_terminal, bytes) {
        screen += Buffer.from(bytes).toString();
      },
    },
  });
  started({ stop: () => child.kill("SIGKILL") });
  await until("a table", () => screen.includes("1 of 1 serving"));
  const client = await RawClient.connect(port);
  await until("traffic shows", async () => {
    await client.ask("GET", "/");
    return screen.includes("100 %");
  });
  client.close();
  await balancer.stop();
  await until("it says so", () => screen.includes("NO ANSWER, as it was before: "));
  child.terminal?.write("q");
  expect(await child.exited).toBe(0);
  await until("the screen is given back", () => screen.endsWith("\x1b[?25h\x1b[?1049l"));
});
