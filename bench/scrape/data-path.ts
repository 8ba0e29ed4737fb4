import { failure, type Outcome, success } from "../outcome.ts";
import { ballast } from "../peers/ballast.ts";
import type { BenchContext } from "../peers/bench-context.ts";
import type { Load } from "../peers/generators/load.ts";
import { withOrigin } from "../peers/origin.ts";
import { median } from "../peers/parts/ratio.ts";
import { type CpuRound, describeRound, measureRound } from "../peers/parts/round.ts";
import { isQuiet } from "../peers/quiet.ts";
import { type RunningPeer, withPeer } from "../peers/running-peer.ts";
import { startScraping } from "./start-scraping.ts";

const adminHostname = "127.0.0.2";

export interface DataPathPlan {
  readonly load: Load;
  readonly targets: number;
  readonly warmupMs: number;
  /** How long each proxy has the load at a time. */
  readonly sliceMs: number;
  /** A slice for each proxy. */
  readonly turns: number;
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
  const proxy = (label: string) => {
    const peer = ballast(executable, { label, adminHostname });
    return { peer, executable, version: peer.version(executable) };
  };
  return await withOrigin(context, plan.targets, ({ targets }) =>
    withPeer(context, proxy("left alone"), { targets }, (alonePeer) =>
      withPeer(context, proxy("scraped"), { targets }, async (scrapedPeer) => {
        const scraping = startScraping(`http://${adminHostname}:${new URL(scrapedPeer.url).port}/metrics`);
        try {
          const turns = await takeTurns(context, plan, alonePeer, scrapedPeer);
          const scrapes = await scraping.stop();
          if (!turns.ok) return turns;
          return scrapes.ok ? success(costOf(turns.value, scrapes.value)) : scrapes;
        } finally {
          await scraping.stop();
        }
      }),
    ),
  );
}

interface Turn {
  readonly alone: CpuRound;
  readonly scraped: CpuRound;
}

async function takeTurns(
  context: BenchContext,
  { load, warmupMs, sliceMs, turns }: DataPathPlan,
  alone: RunningPeer,
  scraped: RunningPeer,
): Promise<Outcome<readonly Turn[]>> {
  for (const { url } of [alone, scraped]) await load.run(url, warmupMs, context.signal);
  const plan = { load, warmups: [], durationMs: sliceMs };
  const taken: Turn[] = [];
  while (taken.length < turns) {
    const first = await measureRound(context, alone, plan, [scraped.pid]);
    if (!first.ok) return first;
    const second = await measureRound(context, scraped, plan, [alone.pid]);
    if (!second.ok) return second;
    const turn = { alone: first.value, scraped: second.value };
    const bad = turn.alone.bad + turn.scraped.bad;
    if (bad > 0) return failure(`found ${bad} bad answers, expected none`);
    context.say(`left alone ${describeRound(turn.alone)}; scraped ${describeRound(turn.scraped)}`);
    taken.push(turn);
  }
  return success(taken);
}

function costOf(turns: readonly Turn[], scrapes: number): DataPathCost {
  const ratios = turns.map(({ alone, scraped }) => scraped.cpuUsPerRequest / alone.cpuUsPerRequest);
  return {
    turns: turns.length,
    cpuUsPerRequest: median(turns.map(({ alone }) => alone.cpuUsPerRequest)),
    scrapedCpuUsPerRequest: median(turns.map(({ scraped }) => scraped.cpuUsPerRequest)),
    ratio: median(ratios),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
    disturbedTurns: turns.filter(({ alone, scraped }) => !isQuiet(alone) || !isQuiet(scraped)).length,
    scrapes,
  };
}
