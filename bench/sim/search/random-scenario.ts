import { type Random, seededRandom } from "../../../balancer/cluster/random.ts";
import { type Scenario, type ScenarioEvent, serverIds } from "../scenario.ts";
import { serviceTimes } from "../service-time.ts";
import { titleOf } from "./title.ts";

type Cluster = Scenario["clusters"][number];

const durationMs = 40_000;
/** Of what takes longer a run sees too few requests. */
const longestMeanMs = 1000;
const mostServers = 40;
const mostClusters = 4;

/**
 * A scenario drawn at random: 2 to 40 unlike servers, one of which may be in trouble for a while. The same seed gives the
 * same one.
 */
export function randomScenario(seed: number): Scenario {
  const random = seededRandom(seed);
  const draw = drawsOf(random);
  const drawn = drawClusters(draw);
  const load = draw.between(0.1, 0.9);
  const perSecond = draw.spread(50, 500);
  const clusters = paced(drawn, load, perSecond);
  const probes = draw.chance(0.6)
    ? { interval: draw.oneOf([1000, 2000, 5000]), work: draw.oneOf([0.02, 0.1, 0.3]) }
    : undefined;
  const events = draw.chance(0.5) ? [drawEvent(draw, clusters)] : [];
  const loadSteps = draw.chance(0.25)
    ? [{ at: draw.between(5000, 30_000), load: draw.between(0.1, 0.9) }]
    : [];
  const bursts = draw.chance(0.3)
    ? [
        {
          at: draw.oneOf([0, draw.between(1000, 30_000)]),
          requests: draw.whole(50, 1000),
          within: draw.spread(1, 2000),
        },
      ]
    : [];
  const balancers = draw.chance(0.3) ? draw.whole(2, 8) : 1;
  const scenario = { clusters, load, loadSteps, bursts, balancers, probes, events };
  return {
    ...scenario,
    name: `random-${seed}`,
    title: titleOf(scenario),
    duration: durationMs,
    measureFrom: 0,
  };
}

interface Draws {
  chance(probability: number): boolean;
  between(low: number, high: number): number;
  /** Evenly over the orders of magnitude. */
  spread(low: number, high: number): number;
  whole(low: number, high: number): number;
  oneOf<Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value;
}

function drawsOf(random: Random): Draws {
  const between = (low: number, high: number) => low + (high - low) * random();
  return {
    chance: (probability) => random() < probability,
    between,
    spread: (low, high) => Math.exp(between(Math.log(low), Math.log(high))),
    whole: (low, high) => Math.floor(between(low, high + 1)),
    oneOf(values) {
      const value = values[Math.floor(random() * values.length)];
      if (value === undefined) throw new Error("nothing to draw from");
      return value;
    },
  };
}

function drawClusters(draw: Draws): Cluster[] {
  const wanted = draw.chance(0.25) ? 1 : draw.whole(2, mostClusters);
  const most = Math.floor(mostServers / wanted);
  const isWeighted = draw.chance(0.2);
  const isMisleading = draw.chance(0.2);
  const isLate = draw.chance(0.15);
  const service = draw.oneOf(serviceTimes);
  return Array.from({ length: wanted }, (_, i) => ({
    name: `c${i + 1}`,
    servers: Math.max(wanted === 1 ? 2 : 1, Math.round(draw.spread(1, most))),
    workers: Math.round(draw.spread(1, 16)),
    service,
    meanMs: draw.spread(1, 20),
    weight: isWeighted ? draw.whole(1, 4) : 1,
    probeSlowness: isMisleading ? draw.spread(0.1, 10) : 1,
    lateAnswers: isLate && i === 0 ? { share: 0.01, by: 5000 } : undefined,
  }));
}

/** The same servers, as much slower or faster as it takes for the load to be so many requests a second. */
function paced(clusters: readonly Cluster[], load: number, perSecond: number): Cluster[] {
  const capacity = clusters.reduce((sum, c) => sum + (c.servers * c.workers * 1000) / c.meanMs, 0);
  const slowestMs = Math.max(...clusters.map(({ meanMs }) => meanMs));
  const factor = Math.min((capacity * load) / perSecond, longestMeanMs / slowestMs);
  return clusters.map((cluster) => ({ ...cluster, meanMs: cluster.meanMs * factor }));
}

function drawEvent(draw: Draws, clusters: readonly Cluster[]): ScenarioEvent {
  const server = draw.oneOf(clusters.flatMap(serverIds));
  const at = draw.between(5000, 15_000);
  const during = { server, at, until: at + draw.between(2000, 15_000) };
  switch (draw.whole(1, 6)) {
    case 1:
      return { ...during, slowdown: draw.spread(2, 20) };
    case 2:
      return { ...during, slowdown: 1 / draw.spread(2, 10) };
    case 3:
      return { ...during, down: true };
    case 4:
      return { ...during, status: 503, share: 1 };
    case 5:
      return { ...during, status: 500, share: 0.3 };
    default:
      return { server, at: 0, until: 20, slowdown: 100 };
  }
}
