import { failure, type Outcome, success } from "../outcome.ts";
import { ballast } from "../peers/ballast.ts";
import type { BenchContext } from "../peers/bench-context.ts";
import type { Load } from "../peers/generators/load.ts";
import { withOrigin } from "../peers/origin.ts";
import { median, ratios } from "../peers/parts/ratio.ts";
import { type Contender, type Turns, takeTurns, withAll } from "../peers/parts/side-by-side.ts";
import type { CpuSlice } from "../peers/parts/slice.ts";
import { isQuiet } from "../peers/quiet.ts";
import { startScraping } from "./start-scraping.ts";

const adminHostname = "127.0.0.2";

export interface DataPathPlan extends Turns {
  readonly load: Load;
  readonly targets: number;
  readonly warmupMs: number;
}

/** What being scraped once a second adds to the requests that a proxy answers meanwhile. */
export interface DataPathCost {
  readonly turns: number;
  /** Of the proxy that nobody scrapes; the median over its slices. */
  readonly cpuUsPerRequest: number;
  /** Of the one that is scraped. */
  readonly scrapedCpuUsPerRequest: number;
  /** Of the second to the first within a turn; the median over the turns. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  /** In which other programs took more than a twentieth of the core: their ratios may be off. */
  readonly disturbedTurns: number;
  /** How often it was scraped in all. */
  readonly scrapes: number;
}

/**
 * Two equal proxies side by side on one core, the second of which is scraped all the time; each has the load in turns. A
 * fault when a proxy does not come up, an answer is bad or a scrape fails.
 */
export async function measureDataPath(
  context: BenchContext,
  executable: string,
  plan: DataPathPlan,
): Promise<Outcome<DataPathCost>> {
  const { load, warmupMs, targets: count } = plan;
  const warmups = [{ load, durationMs: warmupMs }];
  return await withOrigin(context, count, ({ targets }) => {
    const proxy = (label: string): Contender => {
      const peer = ballast(executable, { label, adminHostname });
      const subject = { peer, executable, version: peer.version(executable) };
      return { context, subject, setup: { targets }, load, warmups, slices: [] };
    };
    const alone = proxy("left alone");
    const scraped = proxy("scraped");
    return withAll([alone, scraped], async (running) => {
      const scraping = startScraping(
        `http://${adminHostname}:${new URL(running.get(scraped)?.url ?? "").port}/metrics`,
      );
      try {
        const taken = await takeTurns(running, plan, "in all");
        const scrapes = await scraping.stop();
        if (!taken.ok) return taken;
        return scrapes.ok ? costOf(alone.slices, scraped.slices, scrapes.value) : scrapes;
      } finally {
        await scraping.stop();
      }
    });
  });
}

function costOf(
  alone: readonly CpuSlice[],
  scraped: readonly CpuSlice[],
  scrapes: number,
): Outcome<DataPathCost> {
  const bad = [...alone, ...scraped].reduce((sum, slice) => sum + slice.bad, 0);
  if (bad > 0) return failure(`found ${bad} bad answers, expected none`);
  const cpu = ({ cpuUsPerRequest }: CpuSlice) => cpuUsPerRequest;
  const ofTurns = ratios(scraped, alone, cpu);
  return success({
    turns: ofTurns.length,
    cpuUsPerRequest: median(alone.map(cpu)),
    scrapedCpuUsPerRequest: median(scraped.map(cpu)),
    ratio: median(ofTurns),
    lowestRatio: Math.min(...ofTurns),
    highestRatio: Math.max(...ofTurns),
    disturbedTurns: ofTurns.filter((_, turn) =>
      [alone[turn], scraped[turn]].some((slice) => slice !== undefined && !isQuiet(slice)),
    ).length,
    scrapes,
  });
}
