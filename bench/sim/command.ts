import type { PolicyName } from "../../balancer/policy/options.ts";
import { policyNames } from "../../balancer/policy/registry.ts";
import { runCommand } from "../commands/run-command.ts";
import { allVerdicts } from "./acceptance.ts";
import type { SimPolicyName } from "./balancer.ts";
import { measureChoiceCost } from "./choice-cost.ts";
import { checkedSeeds, parseSimOptions, type SimOptions, simCommand } from "./options.ts";
import { writeReport } from "./report.ts";
import { loadScenario, type Scenario, ScenarioError, scenarioNames } from "./scenario.ts";
import { randomScenario } from "./search/random-scenario.ts";
import { distributionOf, distributionsText, search, worstText } from "./search/search.ts";
import { summarize } from "./summary.ts";
import { choiceCostText, scenarioText, verdictsJson, verdictsText } from "./text.ts";
import { holds } from "./verdict.ts";

/** With equal weights and no keys, as here, the others come to the same as one of these. */
export const comparedPolicies: readonly SimPolicyName[] = [
  "clairvoyant",
  "ewma",
  "prequal",
  "least-connections",
  "p2c-ewma",
  "least-load",
  "random",
  "round-robin",
];
const costTargets = [9, 90, 256, 1000];

/** `bun run bench sim`: resolves to the exit code: 0, 1 for a missed limit, 2 for a wrong argument. */
export async function runSim(args: readonly string[]): Promise<number> {
  return await runCommand(simCommand, parseSimOptions(args), async (options) => {
    try {
      return simulate(options);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      console.error(error.message);
      return 2;
    }
  });
}

function simulate({ policies, scenarios: wanted, seed, out, json, ...options }: SimOptions): number {
  if (options.check) return check(json);
  if (options.choiceCost) {
    const measured = (policies ?? policyNames).filter((name): name is PolicyName => name !== "clairvoyant");
    const costs = measured.flatMap((name) => costTargets.map((count) => measureChoiceCost(name, count)));
    console.log(json ? JSON.stringify(costs, undefined, 2) : choiceCostText(costs));
    return 0;
  }
  if (options.search !== undefined) return searchRandom(policies ?? ["ewma"], options.search, seed, json);
  const scenarios = (wanted ?? scenarioNames()).map(scenarioOf);
  // Those in which nothing happens first: they show what is usual.
  scenarios.sort((a, b) => a.events.length - b.events.length);
  const summaries = scenarios.map((scenario) => {
    const summary = summarize(scenario, policies ?? comparedPolicies, seed);
    if (!json) console.log(`${scenarioText(summary)}\n`);
    return summary;
  });
  const written = out === undefined ? [] : writeReport(summaries, out);
  console.log(json ? JSON.stringify({ scenarios: summaries }, undefined, 2) : written.join("\n"));
  return 0;
}

function scenarioOf(nameOrPath: string): Scenario {
  const seed = /^random-(\d{1,9})$/.exec(nameOrPath)?.[1];
  return seed === undefined ? loadScenario(nameOrPath) : randomScenario(Number(seed));
}

function searchRandom(
  policies: readonly SimPolicyName[],
  count: number,
  seed: number,
  asJson: boolean,
): number {
  const found = search(policies, count, seed);
  const distributions = policies.map((policy) => distributionOf(policy, found));
  if (asJson) {
    const scenarios = found.map((one) => ({ ...one, policies: Object.fromEntries(one.policies) }));
    console.log(JSON.stringify({ distributions, scenarios }, undefined, 2));
    return 0;
  }
  console.log(distributionsText(distributions));
  for (const policy of policies) {
    const worst = worstText(policy, found);
    if (worst !== "") console.log(`\n${policy} is behind by most in\n${worst}`);
  }
  return 0;
}

function check(asJson: boolean): number {
  const verdicts = checkedSeeds.flatMap((seed) => allVerdicts(seed).map((verdict) => ({ seed, ...verdict })));
  console.log(asJson ? verdictsJson(verdicts) : verdictsText(verdicts));
  return verdicts.every(holds) ? 0 : 1;
}
