import { runScenario } from "./run.ts";
import type { Samples } from "./samples.ts";
import { loadScenario, type Scenario, serverIds } from "./scenario.ts";
import type { Verdict } from "./verdict.ts";

/** A burst may last so much longer than under least-connections: what chance makes of the same requests elsewhere. */
const bursts: Readonly<Record<string, number>> = {
  burst: 1.1,
  "burst-one-worker": 1.1,
  "burst-unlike": 1.15,
};
/** Those whose targets are equal, and by how much more the largest share may be. */
const equalBursts: Readonly<Record<string, number>> = { burst: 1.15, "burst-one-worker": 1.15 };
const quietWindowMs = 2000;

/** A thousand requests at once to a group of which nothing is known are shared at least as well as by counting them. */
export function burstVerdicts(seed: number): Verdict[] {
  return Object.entries(bursts).flatMap(([name, limit]) => {
    const scenario = loadScenario(name);
    const ewma = runScenario(scenario, "ewma", seed);
    const leastConnections = runScenario(scenario, "least-connections", seed);
    const bound = "at most" as const;
    const verdicts: Verdict[] = [
      {
        criterion: `${name}: time until all is answered ÷ least-connections`,
        figure: ewma.endedAtMs / leastConnections.endedAtMs,
        bound,
        limit,
      },
    ];
    const shareLimit = equalBursts[name];
    if (shareLimit === undefined) return verdicts;
    const figure = largestShare(scenario, ewma) / largestShare(scenario, leastConnections);
    const criterion = `${name}: largest share ÷ least-connections'`;
    return [...verdicts, { criterion, figure, bound, limit: shareLimit }];
  });
}

/** Where there is little to do, none of those that are equal is left out by the luck of the first answers. */
export function quietVerdicts(seed: number): Verdict[] {
  const scenario = loadScenario("quiet");
  const samples = runScenario(scenario, "ewma", seed);
  const counts: number[][] = [];
  for (let fromMs = 0; fromMs < scenario.duration; fromMs += quietWindowMs)
    counts.push(shares(scenario, samples, fromMs, fromMs + quietWindowMs));
  const [first = [], ...later] = counts;
  return [
    {
      criterion: "quiet: smallest share ÷ an equal one, first 2 s",
      figure: Math.min(...first),
      bound: "at least",
      limit: 0.1,
    },
    {
      criterion: "quiet: smallest share ÷ an equal one, any 2 s after",
      figure: Math.min(...later.flat()),
      bound: "at least",
      limit: 0.25,
    },
    {
      criterion: "quiet: largest share ÷ an equal one",
      figure: largestShare(scenario, samples),
      bound: "at most",
      limit: 1.25,
    },
  ];
}

/** Each server's share by an equal one. */
function shares(scenario: Scenario, samples: Samples, fromMs?: number, toMs?: number): number[] {
  const ids = scenario.clusters.flatMap(serverIds);
  return ids.map((_, i) => samples.share(i, fromMs, toMs) * ids.length);
}

function largestShare(scenario: Scenario, samples: Samples): number {
  return Math.max(...shares(scenario, samples));
}
