import { quantile } from "../quantile.ts";
import { burstVerdicts, quietVerdicts } from "./cold-start.ts";
import { runScenario } from "./run.ts";
import type { Samples } from "./samples.ts";
import { loadScenario, type Scenario, serverIds } from "./scenario.ts";
import type { Verdict } from "./verdict.ts";

/** p99 relative to the clairvoyant's, over a whole run with its cold start. */
const limits: Readonly<Record<string, number>> = {
  "lab-60": 1.25,
  "lab-85": 1.25,
  "strong-60": 1.25,
  "strong-85": 1.25,
  "strong-85-4-balancers": 1.25,
  "strong-85-90-targets": 1.25,
  "strong-85-90-targets-16-balancers": 1.5,
};

/** Two decays of the default configuration. */
const recoveryMs = 20_000;
const beforeMs = { from: 5000, to: 20_000 };

/** Scenarios in which p99 is held to the clairvoyant's. */
export const boundedScenarios = Object.keys(limits);

/** A `durationMs` shorter than the scenario's makes the cold start count for more. */
export function boundVerdict(name: string, seed: number, durationMs = Number.POSITIVE_INFINITY): Verdict {
  const scenario = loadScenario(name);
  const shortened = { ...scenario, duration: Math.min(scenario.duration, durationMs) };
  return {
    criterion: `${name}: p99 ÷ clairvoyant`,
    figure: p99Ratio(runPair(shortened, seed)),
    bound: "at most",
    limit: limits[name] ?? Number.NaN,
  };
}

/** A server turns 10 × slower and comes back: two decays later each must be settled. */
export function recoveryVerdicts(seed: number): Verdict[] {
  const scenario = loadScenario("turns-slow");
  const pair = runPair(scenario, seed);
  const { at, until, index } = fault(scenario);
  const shareBefore = pair.ewma.share(index, beforeMs.from, beforeMs.to);
  const settled = { from: until + recoveryMs, to: scenario.duration };
  return [
    {
      criterion: "turns-slow: p99 ÷ clairvoyant, two decays after it turned slow",
      figure: p99Ratio(pair, at + recoveryMs, until),
      bound: "at most",
      limit: 1.25,
    },
    {
      criterion: "turns-slow: p99 ÷ clairvoyant, two decays after it came back",
      figure: p99Ratio(pair, settled.from, settled.to),
      bound: "at most",
      limit: 1.25,
    },
    {
      criterion: "turns-slow: its share ÷ that of before, two decays after it came back",
      figure: pair.ewma.share(index, settled.from, settled.to) / shareBefore,
      bound: "at least",
      limit: 0.8,
    },
  ];
}

/** A server fails fast: it must not draw the traffic, and must get it back when it works again. */
export function sinkholeVerdicts(seed: number): Verdict[] {
  const scenario = loadScenario("fails-fast");
  const samples = runScenario(scenario, "ewma", seed);
  const { at, until, index } = fault(scenario);
  const shareBefore = samples.share(index, beforeMs.from, beforeMs.to);
  return [
    {
      criterion: "fails-fast: its share from 1 s on",
      figure: samples.share(index, at + 1000, until),
      bound: "at most",
      limit: 0.02,
    },
    {
      criterion: "fails-fast: its share ÷ that of before, 30 s after it works again",
      figure: samples.share(index, until + 30_000, scenario.duration) / shareBefore,
      bound: "at least",
      limit: 0.8,
    },
  ];
}

/** One slow first answer must not keep a good target out (traefik#12306). */
export function slowFirstAnswerVerdicts(seed: number): Verdict[] {
  const scenario = loadScenario("slow-first-answer");
  const samples = runScenario(scenario, "ewma", seed);
  const equalShare = 1 / scenario.clusters.reduce((sum, c) => sum + c.servers, 0);
  return [
    {
      criterion: "slow-first-answer: its share ÷ an equal one",
      figure: samples.share(fault(scenario).index) / equalShare,
      bound: "at least",
      limit: 0.5,
    },
  ];
}

export function allVerdicts(seed: number): Verdict[] {
  return [
    ...boundedScenarios.map((name) => boundVerdict(name, seed)),
    ...recoveryVerdicts(seed),
    ...sinkholeVerdicts(seed),
    ...slowFirstAnswerVerdicts(seed),
    ...burstVerdicts(seed),
    ...quietVerdicts(seed),
  ];
}

interface Pair {
  readonly ewma: Samples;
  readonly clairvoyant: Samples;
}

function runPair(scenario: Scenario, seed: number): Pair {
  return {
    ewma: runScenario(scenario, "ewma", seed),
    clairvoyant: runScenario(scenario, "clairvoyant", seed),
  };
}

function p99Ratio({ ewma, clairvoyant }: Pair, fromMs?: number, toMs?: number): number {
  return quantile(ewma.answered(fromMs, toMs), 0.99) / quantile(clairvoyant.answered(fromMs, toMs), 0.99);
}

/** The scenario's only event, and its server's index. */
function fault(scenario: Scenario): { at: number; until: number; index: number } {
  const [event] = scenario.events;
  if (event === undefined) throw new Error(`scenario ${scenario.name} has no event`);
  return {
    at: event.at,
    until: event.until,
    index: scenario.clusters.flatMap(serverIds).indexOf(event.server),
  };
}
