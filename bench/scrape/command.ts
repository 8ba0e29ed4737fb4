import { startBalancer } from "../../balancer/balancer.ts";
import { configSchema } from "../../balancer/config/schema.ts";
import { parseStrictly } from "../commands/parse-strictly.ts";
import { optionReader } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import { type Outcome, success } from "../outcome.ts";

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

interface ScrapeOptions {
  readonly targets: number;
  readonly scrapes: number;
  readonly json: boolean;
}

/** `bun run bench scrape`: resolves to the exit code. */
export async function runScrape(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run bench scrape", help }, parseOptions(args), tellCost);
}

async function tellCost({ targets, scrapes, json }: ScrapeOptions): Promise<number> {
  const cost = await measureScrapes(targets, scrapes);
  if (json) {
    console.log(JSON.stringify({ targets, scrapes, ...cost }, null, 2));
    return 0;
  }
  const { lines, bytes, medianMs, p99Ms } = cost;
  console.log(
    `${targets} targets: ${lines} lines, ${Math.round(bytes / 1024)} KiB; median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`,
  );
  return 0;
}

function parseOptions(args: readonly string[]): Outcome<ScrapeOptions | "help"> {
  const parsed = parseStrictly(args, {
    targets: { type: "string" },
    scrapes: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (!parsed.ok) return parsed;
  const { value: values } = parsed;
  if (values.help) return success("help");
  const reader = optionReader(values);
  return reader.outcome({
    targets: reader.whole("targets", 1, 65_535) ?? 64,
    scrapes: reader.whole("scrapes", 1, 100_000) ?? 200,
    json: values.json,
  });
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
