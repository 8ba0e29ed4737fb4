import { compiledPrograms } from "../commands/compiled-programs.ts";
import { interruptible } from "../commands/interrupt.ts";
import { readOptions } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";
import { bestGenerator, closedLoop } from "../peers/generators/closed-loop.ts";
import { usualConnections, warmupMs } from "../peers/parts/part.ts";
import { withPinnedBench } from "../peers/pinned-bench.ts";
import { type DataPathCost, measureDataPath } from "./data-path.ts";
import { measureScrapes, type ScrapeCost } from "./scrape-time.ts";

const sliceMs = 1000;

const help = `How long one scrape of /metrics takes, over HTTP, all series told; and what being
scraped once a second adds to the CPU time of the requests that a proxy answers
meanwhile: two equal ones side by side on one core, one of them scraped, have the
load for a second each in turns.

Usage: bun run bench scrape [options]

  --targets N    of one group (default 64)
  --scrapes N    one after the other (default 200)
  --turns N      of two seconds each, for the CPU time (default 20; 0 leaves it out)
  --json         print the figures as JSON
  --help         print this

Exit codes: 0 measured, 1 it could not be, 2 for options that it doesn't know,
130 interrupted.

Examples:
  bun run bench scrape
  bun run bench scrape --targets 256 --turns 0 --json | jq .medianMs
`;

interface ScrapeOptions {
  readonly targets: number;
  readonly scrapes: number;
  readonly turns: number;
  readonly json: boolean;
}

/** `bun run bench scrape`: resolves to the exit code. */
export async function runScrape(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run bench scrape", help }, parseOptions(args), tellCosts);
}

async function tellCosts({ targets, scrapes, turns, json }: ScrapeOptions): Promise<number> {
  const cost = await measureScrapes(targets, scrapes);
  if (!json) console.log(describeScrapes(targets, cost));
  return await interruptible(async (signal) => {
    const dataPath = turns === 0 ? undefined : await besideScrapes(signal, targets, turns);
    if (dataPath?.ok === false) {
      console.error(dataPath.fault);
      return 1;
    }
    if (json) console.log(JSON.stringify({ targets, scrapes, ...cost, dataPath: dataPath?.value }, null, 2));
    else if (dataPath !== undefined) console.log(describeDataPath(dataPath.value));
    return 0;
  });
}

function parseOptions(args: readonly string[]): Outcome<ScrapeOptions | "help"> {
  return readOptions(
    args,
    {
      targets: { type: "string" },
      scrapes: { type: "string" },
      turns: { type: "string" },
    },
    (values, reader) => ({
      targets: reader.whole("targets", 1, 10_000) ?? 64,
      scrapes: reader.whole("scrapes", 1, 100_000) ?? 200,
      turns: reader.whole("turns", 0, 10_000) ?? 20,
      json: values.json,
    }),
  );
}

/** The compiled balancer, on its core. */
async function besideScrapes(
  signal: AbortSignal,
  targets: number,
  turns: number,
): Promise<Outcome<DataPathCost>> {
  const say = (line: string) => console.error(line);
  return await withPinnedBench({ signal, say }, (context) =>
    measureDataPath(context, compiledPrograms.balancer, {
      load: closedLoop(bestGenerator(), usualConnections),
      targets,
      warmupMs,
      together: false,
      // The other one's second is too short for anything to go cold.
      leadInMs: 0,
      sliceMs,
      turns,
    }),
  );
}

function describeScrapes(targets: number, { lines, bytes, medianMs, p99Ms }: ScrapeCost): string {
  const size = `${lines} lines, ${Math.round(bytes / 1024)} KiB`;
  return `${targets} targets: ${size}; median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
}

function describeDataPath(cost: DataPathCost): string {
  const { turns, cpuUsPerRequest, scrapedCpuUsPerRequest, ratio, lowestRatio, highestRatio, disturbedTurns } =
    cost;
  return [
    `CPU per request: ${cpuUsPerRequest.toFixed(2)} µs left alone, ${scrapedCpuUsPerRequest.toFixed(2)} µs scraped once a second;`,
    `ratio ${ratio.toFixed(3)}, the median of ${turns} turns (${lowestRatio.toFixed(3)} to ${highestRatio.toFixed(3)}), ${disturbedTurns} of them disturbed by other programs`,
  ].join(" ");
}
