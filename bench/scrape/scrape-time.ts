import { startBalancer } from "../../balancer/balancer.ts";
import { configSchema } from "../../balancer/config/schema.ts";
import { quantile } from "../quantile.ts";

/** How large a scrape is, and how long it takes over HTTP. */
export interface ScrapeCost {
  readonly lines: number;
  readonly bytes: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Scrapes a balancer in this process so many times. */
export async function measureScrapes(targets: number, scrapes: number): Promise<ScrapeCost> {
  const config = configSchema.parse({
    listeners: [{ name: "public", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
    groups: {
      g: {
        health: false,
        targets: Array.from({ length: targets }, (_, index) => ({
          id: `i-${index}`,
          url: `http://127.0.0.1:${index + 1}`,
        })),
      },
    },
    admin: { listen: "127.0.0.1:0" },
  });
  const balancer = await startBalancer(config, () => {});
  const timesMs: number[] = [];
  let text = "";
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const startedAtMs = performance.now();
    text = await (await fetch(`${balancer.admin}/metrics`)).text();
    timesMs.push(performance.now() - startedAtMs);
  }
  await balancer.stop();
  timesMs.sort((a, b) => a - b);
  const [medianMs, p99Ms] = [quantile(timesMs, 0.5), quantile(timesMs, 0.99)];
  return { lines: text.split("\n").length - 1, bytes: text.length, medianMs, p99Ms };
}
