import { parseArgs } from "node:util";
import type { PolicyName } from "../../balancer/policy/options.ts";
import { policyNames } from "../../balancer/policy/registry.ts";
import { allVerdicts, holds } from "./acceptance.ts";
import type { SimPolicyName } from "./balancer.ts";
import { measureChoiceCost } from "./choice-cost.ts";
import { writeReport } from "./report.ts";
import { loadScenario, ScenarioError, scenarioNames } from "./scenario.ts";
import { summarize } from "./summary.ts";
import { choiceCostText, scenarioText, verdictsJson, verdictsText } from "./text.ts";

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
  --choice-cost          measure what a choice costs, on this machine
  --help                 print this

Scenarios: ${scenarioNames().join(", ")}

Exit codes: 0 all is well, 1 --check missed a limit, 2 for options, policies or
scenarios that it doesn't know.

Examples:
  bun run bench sim
  bun run bench sim --scenario lab-85 --policies ewma,least-connections --seed 7
  bun run bench sim --check --json | jq '.[] | select(.holds | not)'`;

const options = {
  help: { type: "boolean", short: "h", default: false },
  scenario: { type: "string", multiple: true },
  policies: { type: "string" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  out: { type: "string", default: "report" },
  check: { type: "boolean", default: false },
  "choice-cost": { type: "boolean", default: false },
} as const;

/** What the user gave and cannot be meant. */
class UsageError extends Error {}

/** Runs `bench sim` with these arguments; the exit code: 0, 1 for a missed limit, 2 for a wrong argument. */
export async function runSim(args: string[]): Promise<number> {
  try {
    return run(parse(args));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ScenarioError)) throw error;
    console.error(`bench sim: ${error.message}\ntry bun run bench sim --help`);
    return 2;
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function run(values: ReturnType<typeof parse>): number {
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values.check) return check(values.json);
  const policies = values.policies?.split(",").map(parsePolicy);
  if (values["choice-cost"]) {
    const measured = (policies ?? policyNames).filter((name): name is PolicyName => name !== "clairvoyant");
    const costs = measured.flatMap((name) => costTargets.map((count) => measureChoiceCost(name, count)));
    console.log(values.json ? JSON.stringify(costs, undefined, 2) : choiceCostText(costs));
    return 0;
  }
  const seed = parseSeed(values.seed);
  const scenarios = (values.scenario ?? scenarioNames()).map(loadScenario);
  // Those in which nothing happens first: they show what is usual.
  scenarios.sort((a, b) => a.events.length - b.events.length);
  const summaries = scenarios.map((scenario) => {
    const summary = summarize(scenario, policies ?? comparedPolicies, seed);
    if (!values.json) console.log(`${scenarioText(summary)}\n`);
    return summary;
  });
  const written = writeReport(summaries, values.out);
  console.log(values.json ? JSON.stringify({ scenarios: summaries }, undefined, 2) : written.join("\n"));
  return 0;
}

function check(asJson: boolean): number {
  const verdicts = checkedSeeds.flatMap((seed) => allVerdicts(seed).map((verdict) => ({ seed, ...verdict })));
  console.log(asJson ? verdictsJson(verdicts) : verdictsText(verdicts));
  return verdicts.every(holds) ? 0 : 1;
}

function parsePolicy(name: string): SimPolicyName {
  const known = simPolicyNames.find((policy) => policy === name);
  if (known === undefined)
    throw new UsageError(`--policies: found "${name}", expected some of ${simPolicyNames.join(", ")}`);
  return known;
}

function parseSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(`--seed: found "${text}", expected a whole number of at most 9 digits`);
  return Number(text);
}
