import type { PolicyName } from "../../balancer/policy/options.ts";
import { policyNames } from "../../balancer/policy/registry.ts";
import { readOptions } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";
import { allVerdicts } from "./acceptance.ts";
import type { SimPolicyName } from "./balancer.ts";
import { measureChoiceCost } from "./choice-cost.ts";
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
const simPolicyNames: readonly SimPolicyName[] = ["clairvoyant", ...policyNames];
const costTargets = [9, 90, 256, 1000];
const checkedSeeds = [1, 2, 3, 4, 5];

const help = `Runs the balancer's own policies on a virtual clock, beside a clairvoyant bound.

Usage: bun run bench sim [options]

  --scenario NAME|FILE   run only this one; may be repeated
  --policies A,B         only these, of ${simPolicyNames.join(", ")}
  --seed N               another course of events (default 1); the same seed gives the same figures
  --json                 print JSON instead of tables
  --out DIR              where simulation.html and simulation.json go (default report)
  --check                hold ewma to its limits, with seeds ${checkedSeeds.join(", ")}; exit 1 on a miss
  --search N             compare ewma, or the policies of --policies, with least-connections in N random
                         scenarios, from --seed on; each is run alone by --scenario random-SEED
  --choice-cost          measure what a choice costs, on this machine
  --help                 print this

Scenarios: ${scenarioNames().join(", ")}

Exit codes: 0 all is well, 1 --check missed a limit, 2 for options, policies or
scenarios that it doesn't know.

Examples:
  bun run bench sim
  bun run bench sim --scenario lab-85 --policies ewma,least-connections --seed 7
  bun run bench sim --search 300
  bun run bench sim --check --json | jq '.[] | select(.holds | not)'
`;

interface SimOptions {
  /** Names or files; undefined for all. */
  readonly scenarios: readonly string[] | undefined;
  readonly policies: readonly SimPolicyName[] | undefined;
  readonly seed: number;
  readonly out: string;
  readonly json: boolean;
  readonly check: boolean;
  readonly choiceCost: boolean;
  /** Random scenarios to search. */
  readonly search: number | undefined;
}

/** `bun run bench sim`: resolves to the exit code: 0, 1 for a missed limit, 2 for a wrong argument. */
export async function runSim(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run bench sim", help }, parseOptions(args), async (options) => {
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
  const written = writeReport(summaries, out);
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

function parseOptions(args: readonly string[]): Outcome<SimOptions | "help"> {
  return readOptions(
    args,
    {
      scenario: { type: "string", multiple: true },
      policies: { type: "string" },
      seed: { type: "string" },
      out: { type: "string", default: "report" },
      check: { type: "boolean", default: false },
      search: { type: "string" },
      "choice-cost": { type: "boolean", default: false },
    },
    (values, reader) => ({
      scenarios: values.scenario,
      policies: reader.names("policies", simPolicyNames),
      seed: reader.whole("seed", 0) ?? 1,
      out: values.out,
      json: values.json,
      check: values.check,
      choiceCost: values["choice-cost"],
      search: reader.whole("search", 1, 100_000),
    }),
  );
}
