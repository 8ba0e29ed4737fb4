import { join } from "node:path";
import { FaultyServer } from "../../../bench/faults/servers.ts";
import { runLoad } from "../../../bench/load/load.ts";
import type { TestBrowser } from "../../../browser-testing/browser.ts";
import { phone } from "../../../browser-testing/visit.ts";
import { startBalancer } from "../../balancer.ts";
import { parseConfig } from "../../config/load.ts";

const shownMs = 60_000;

/** Takes the pictures of the dashboard that the documentation shows, into `directory`: a target turns slow, and one hangs. */
export async function pictureDashboard(browser: TestBrowser, directory: string): Promise<void> {
  const servers = await FaultyServer.startAll(4, 1);
  const text = JSON.stringify({
    listeners: [{ name: "public", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "web" }] }],
    groups: {
      web: {
        health: { path: "/health", interval: "500ms" },
        targets: servers.map(({ id, port }) => ({ id, url: `http://127.0.0.1:${port}` })),
      },
    },
    admin: { listen: "127.0.0.1:0" },
  });
  const loaded = parseConfig(text, "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = await startBalancer(loaded.config, () => {}, undefined, { source: loaded.source });
  const shape = {
    kind: "open",
    ratePerSecond: 200,
    durationMs: shownMs + 20_000,
    maxConnections: 512,
  } as const;
  const load = new AbortController();
  runLoad({ url: balancer.listeners[0]?.url ?? "", shape }, { signal: load.signal }).catch(() => {});
  await Bun.sleep(shownMs / 2);
  await servers[1]?.behave("slow");
  await Bun.sleep(shownMs / 2);
  servers[3]?.signal("SIGSTOP");
  await Bun.sleep(4000);

  for (const [name, view] of [
    ["dashboard", {}],
    ["dashboard-phone", { ...phone, colours: "dark" }],
  ] as const) {
    const visit = await browser.visit(`${balancer.admin}/`, view);
    const tried = visit.page.getByRole("region", { name: "Try it" });
    await tried.getByRole("button", { name: "Send" }).click();
    await tried.getByRole("region", { name: "answer" }).waitFor();
    await visit.screenshot(join(directory, `${name}.png`));
    if (name === "dashboard") await tried.screenshot({ path: join(directory, "dashboard-try.png") });
    await visit.end();
  }
  load.abort();
  await balancer.stop();
  for (const server of servers) await server.kill();
}
