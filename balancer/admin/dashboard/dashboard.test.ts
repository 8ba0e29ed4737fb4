import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { FaultyServer } from "../../../bench/faults/servers.ts";
import { runLoad } from "../../../bench/load/load.ts";
import { describeInBrowser } from "../../../browser-testing/describe-in-browser.ts";
import { phone, type Visit } from "../../../browser-testing/visit.ts";
import { type Balancer, startBalancer } from "../../balancer.ts";
import { parseConfig } from "../../config/load.ts";
import { until } from "../../testing/until.ts";

/** What a person may have to wait for a change to be seen. */
const promisedMs = 2000;

describeInBrowser("the dashboard", (inBrowser) => {
  let servers: readonly FaultyServer[];
  let balancer: Balancer;
  let visit: Visit;
  const load = new AbortController();

  beforeAll(async () => {
    servers = await FaultyServer.startAll(3, 1);
    const text = JSON.stringify({
      listeners: [{ name: "web", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
      groups: {
        g: {
          // Each gets its turn, so that what happens to one is seen whatever it was like before.
          policy: "round-robin",
          health: { path: "/health", interval: "250ms", timeout: "250ms", unhealthyAfter: 1 },
          targets: servers.map(({ id, port }) => ({ id, url: `http://127.0.0.1:${port}` })),
        },
      },
      admin: { listen: "127.0.0.1:0" },
    });
    const loaded = parseConfig(text, "lb.json");
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    balancer = await startBalancer(loaded.config, () => {});
    const shape = { kind: "open", ratePerSecond: 60, durationMs: 120_000, maxConnections: 512 } as const;
    const url = balancer.listeners[0]?.url ?? "";
    runLoad({ url, shape }, { signal: load.signal }).catch(() => {});
    visit = await inBrowser.browser.visit(`${balancer.admin}/`);
  });

  afterAll(async () => {
    load.abort();
    await visit?.end();
    await balancer?.stop();
    for (const server of servers ?? []) await server.kill();
  });

  function row(page: Page, id: string): Locator {
    return page.locator("tbody tr").filter({ hasText: id }).first();
  }

  async function textOf(locator: Locator): Promise<string> {
    return (await locator.textContent()) ?? "";
  }

  async function cell(id: string, label: string): Promise<string> {
    return await textOf(row(visit.page, id).locator(`td[data-label="${label}"]`));
  }

  /** Milliseconds from now until the page shows it. */
  async function shown(what: string, isSo: () => Promise<boolean>): Promise<number> {
    const fromMs = performance.now();
    await until(what, isSo);
    return performance.now() - fromMs;
  }

  test("shows each target's traffic live", async () => {
    for (const { id } of servers) {
      await until(`${id} has traffic`, async () => Number(await cell(id, "requests/s")) > 0);
      expect(await cell(id, "state")).toBe("healthy");
      expect(await cell(id, "share")).toEndWith(" %");
    }
    expect(await textOf(visit.page.locator(".link"))).toContain("live");
    await until("charts are drawn", async () => (await visit.page.locator("canvas").count()) === 3);
  });

  test("a server that is stopped, slowed, or back is seen within 2 s", async () => {
    const [server] = servers;
    if (server === undefined) throw new Error("no server");
    server.signal("SIGSTOP");
    const isUnhealthy = async () => (await cell(server.id, "state")) === "unhealthy";
    expect(await shown("it is stopped", isUnhealthy)).toBeLessThan(promisedMs);
    server.signal("SIGCONT");
    const isHealthy = async () => (await cell(server.id, "state")) === "healthy";
    expect(await shown("it is back", isHealthy)).toBeLessThan(promisedMs);

    const [, other] = servers;
    if (other === undefined) throw new Error("no server");
    const before = await until("a latency", async () => Number(await cell(other.id, "p50 ms")) || undefined);
    await other.behave("slow");
    const isSlow = async () =>
      Number(await cell(other.id, "p50 ms")) > 2 * before || (await cell(other.id, "state")) === "ejected";
    expect(await shown("it is slow", isSlow)).toBeLessThan(promisedMs);
    await other.behave("sound");
  });

  test("a request that is tried shows every candidate, who was chosen, and the answer", async () => {
    const { page } = visit;
    await page.getByLabel("Path").fill("/x");
    // By keyboard, as everything here.
    await page.getByLabel("Path").press("Enter");
    const table = page.getByRole("table", { name: "candidates at the moment of the choice" });
    await table.waitFor();
    expect(await table.locator("tbody tr").count()).toBe(3);
    const chosen = table.locator("tr.chosen");
    expect(await chosen.count()).toBe(1);
    const id = (await textOf(chosen.locator("th"))).split(/\s/)[0] ?? "";
    expect(await page.getByText(`${id} answered 200`).count()).toBe(1);
    expect(await textOf(page.getByRole("region", { name: "answer" }))).toContain("aaaa");
  });

  test("is accessible, in light and dark, and on a phone; it asks nobody else for anything", async () => {
    expect(await visit.accessibilityFaults()).toEqual([]);
    for (const view of [{ colours: "dark" } as const, phone]) {
      const other = await inBrowser.browser.visit(`${balancer.admin}/`, view);
      await other.page.locator("tbody tr").first().waitFor();
      expect(await other.accessibilityFaults()).toEqual([]);
      expect(other.faults).toEqual([]);
      await other.end();
    }
    expect(visit.faults).toEqual([]);
  });

  test("says so when the balancer is gone, and since when", async () => {
    await balancer.stop();
    const warning = visit.page.getByRole("alert");
    await warning.waitFor();
    expect(await textOf(warning)).toMatch(
      /^The balancer has not answered since \d\d:\d\d:\d\d: .* What stands below is of \d\d:\d\d:\d\d\.$/,
    );
    expect(await textOf(visit.page.locator(".link"))).toContain("no answer");
    expect(await row(visit.page, "s-1").getByRole("button").isDisabled()).toBe(true);
  });
});
