import { startBalancer } from "../../balancer/balancer.ts";
import { configSchema } from "../../balancer/config/schema.ts";
import { parseStrictly } from "../commands/parse-strictly.ts";

const help = `How long one scrape of /metrics takes, over HTTP, all series told.

Usage: bun run bench scrape [options]

  --targets N    of one group (default 64)
  --scrapes N    one after the other (default 200)
  --json         print the figures as JSON
  --help         print this

Exit codes: 0 measured, 2 for options that it doesn't know.

Examples:
  bun run bench scrape
  bun run bench scrape --targets 256 --json | jq .medianMs
`;

export interface ScrapeCost {
  readonly lines: number;
  readonly bytes: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** `bun run bench scrape`: resolves to the exit code. */
export async function runScrape(args: readonly string[]): Promise<number> {
  const parsed = parseStrictly(args, {
    targets: { type: "string" },
    scrapes: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (parsed.ok && parsed.value.help) {
    process.stdout.write(help);
    return 0;
  }
  const texts = parsed.ok ? [parsed.value.targets ?? "64", parsed.value.scrapes ?? "200"] : [];
  const bad = texts.find((text) => !/^[1-9]\d{0,4}$/.test(text));
  if (!parsed.ok || bad !== undefined) {
    const fault = parsed.ok ? `found ${JSON.stringify(bad)}, expected a whole number from 1` : parsed.fault;
    console.error(`${fault}\ntry bun run bench scrape --help`);
    return 2;
  }
  const [targets = 64, scrapes = 200] = texts.map(Number);
  const cost = await measureScrapes(targets, scrapes);
  if (parsed.value.json) {
    console.log(JSON.stringify({ targets, scrapes, ...cost }, null, 2));
    return 0;
  }
  const { lines, bytes, medianMs, p99Ms } = cost;
  console.log(
    `${targets} targets: ${lines} lines, ${Math.round(bytes / 1024)} KiB; median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`,
  );
  return 0;
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
  const at = (share: number) => timesMs[Math.floor((timesMs.length - 1) * share)] ?? 0;
  return { lines: text.split("\n").length - 1, bytes: text.length, medianMs: at(0.5), p99Ms: at(0.99) };
}
