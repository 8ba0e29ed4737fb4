import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { until } from "../../balancer/testing/until.ts";
import { renderHtml } from "../report/html-page.ts";
import { faults } from "./faults.ts";
import type { FaultFigures } from "./measure.ts";
import { FaultyServer } from "./servers.ts";
import { behindAnywhere, faultsDocument, faultTable } from "./table.ts";

describe("a faulty server", () => {
  let server: FaultyServer;
  beforeAll(async () => {
    [server = never()] = await FaultyServer.startAll(1, 1);
  });
  afterAll(() => server.kill());

  /** The status, or what went wrong instead. */
  async function ask(path = "/"): Promise<string> {
    try {
      const options = { signal: AbortSignal.timeout(200), keepalive: false };
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, options);
      await response.text();
      return `${response.status} of ${response.headers.get("x-ballast-target")}`;
    } catch (error) {
      const { code, name } = error as Error & { code?: unknown };
      return typeof code === "string" ? code : name;
    }
  }

  test.each([
    ["killed", "ECONNREFUSED"],
    ["stopped", "TimeoutError"],
    ["fails all fast", "500 of s-1"],
    ["resets", "ECONNRESET"],
    ["never answers", "TimeoutError"],
    ["refuses", "ECONNREFUSED"],
  ])("that is %s: %s, and sound again afterwards", async (name, expected) => {
    const fault = faults.find((each) => each.name === name) ?? never();
    expect(await ask()).toBe("200 of s-1");
    await fault.begin(server);
    const found = await ask();
    await fault.end(server);
    expect(found).toBe(expected);
    await until("it is sound", async () => (await ask()) === "200 of s-1");
  });

  test("that fails 30 % does so to requests alone", async () => {
    await server.behave("failing 30 %");
    const statuses = await Promise.all(Array.from({ length: 100 }, () => ask()));
    const failed = statuses.filter((status) => status.startsWith("500")).length;
    // Of a binomial variable of mean 30 no seed in a lifetime is outside of this.
    expect(failed).toBeGreaterThan(8);
    expect(failed).toBeLessThan(60);
    expect(await ask("/health")).toBe("200 of s-1");
    await server.behave("sound");
  });
});

const figures = (lost: number): FaultFigures => ({
  requests: 100,
  lost,
  p50Us: 1000,
  p99Us: 5000,
  maxUs: 9000,
  share: 0.1,
});
const rows = [
  { fault: "killed", figures: { Ballast: figures(0), nginx: figures(3) } },
  { fault: "resets", figures: { Ballast: figures(2), nginx: figures(1) } },
];

test("the table has three columns for each proxy, and the page shows the same", () => {
  const { columns, rows: cells } = faultTable(rows);
  expect(columns).toHaveLength(7);
  expect(cells[0]).toEqual(["killed", "0", "5.00", "10.0 %", "3", "5.00", "10.0 %"]);
  const html = renderHtml(faultsDocument(rows, { ratePerSecond: 300, phaseMs: 5000, seed: 1 }));
  expect(html).toContain('<td class="bad">3</td>');
});

test("what another does better is told", () => {
  expect(behindAnywhere(rows)).toEqual(["resets: Ballast lost 2, nginx only 1"]);
});

test("bad options are told, with what was expected", () => {
  const main = join(import.meta.dir, "..", "main.ts");
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, main, "faults", "--fault", "fire"]);
  expect([exitCode, `${stderr}`]).toEqual([
    2,
    expect.stringContaining('--fault: found "fire", expected some of killed, stopped'),
  ]);
});

function never(): never {
  throw new Error("there is no such thing");
}
