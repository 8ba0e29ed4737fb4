import { policyNames } from "../../balancer/policy/registry.ts";
import { readOptions } from "../commands/read-options.ts";
import type { Command } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";
import type { SimPolicyName } from "./balancer.ts";
import { scenarioNames } from "./scenario.ts";

const simPolicyNames: readonly SimPolicyName[] = ["clairvoyant", ...policyNames];
/** Of `--check`. */
export const checkedSeeds = [1, 2, 3, 4, 5];

const help = `Runs the balancer's own policies on a virtual clock, beside a clairvoyant bound.

Usage: bun run bench sim [options]

  --scenario NAME|FILE   run only this one; may be repeated
  --policies A,B         only these, of ${simPolicyNames.join(", ")}
  --seed N               another course of events (default 1); the same seed gives the same figures
  --json                 print JSON instead of tables
  --out DIR              where simulation.html and simulation.json go (default report)
  --help                 print this

In place of the scenarios, each with the options in brackets alone:

  --check                hold ewma to its limits, with seeds ${checkedSeeds.join(", ")}; exit 1 on a miss
                         (--json)
  --search N             compare ewma, or the policies of --policies, with least-connections in N random
                         scenarios, from --seed on; each is run alone by --scenario random-SEED
                         (--policies, --seed, --json)
  --choice-cost          measure what a choice costs, on this machine (--policies, --json)

Scenarios: ${scenarioNames().join(", ")}

Exit codes: 0 all is well, 1 --check missed a limit, 2 for options, policies or
scenarios that it doesn't know.

Examples:
  bun run bench sim
  bun run bench sim --scenario lab-85 --policies ewma,least-connections --seed 7
  bun run bench sim --search 300
  bun run bench sim --check --json | jq '.[] | select(.holds | not)'
`;

export const simCommand: Command = { usage: "bun run bench sim", help };

export interface SimOptions {
  /** Names or files; undefined for all. */
  readonly scenarios: readonly string[] | undefined;
  readonly policies: readonly SimPolicyName[] | undefined;
  readonly seed: number;
  /** Where the report goes; left out where there is none. */
  readonly out?: string;
  readonly json: boolean;
  readonly check: boolean;
  readonly choiceCost: boolean;
  /** Random scenarios to search. */
  readonly search: number | undefined;
}

const optionTypes = {
  scenario: { type: "string", multiple: true },
  policies: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
  check: { type: "boolean" },
  search: { type: "string" },
  "choice-cost": { type: "boolean" },
} as const;

type OptionName = keyof typeof optionTypes;

/** What goes in place of the scenarios, with the options that it takes. */
const alone: readonly (readonly [mode: OptionName, takes: readonly OptionName[]])[] = [
  ["check", []],
  ["choice-cost", ["policies"]],
  ["search", ["policies", "seed"]],
];

/** All faults at once, a line each. */
export function parseSimOptions(args: readonly string[]): Outcome<SimOptions | "help"> {
  return readOptions(args, optionTypes, (values, reader) => {
    const given = (Object.keys(optionTypes) as OptionName[]).filter((name) => values[name] !== undefined);
    const [mode, takes] = alone.find(([name]) => given.includes(name)) ?? [];
    if (mode !== undefined)
      for (const name of given)
        if (name !== mode && takes?.includes(name) !== true)
          reader.addFault(`--${name} has no effect with --${mode}`);
    return {
      scenarios: values.scenario,
      policies: reader.names("policies", simPolicyNames),
      seed: reader.whole("seed", 0) ?? 1,
      ...(mode === undefined && { out: values.out ?? "report" }),
      json: values.json,
      check: values.check ?? false,
      choiceCost: values["choice-cost"] ?? false,
      search: reader.whole("search", 1, 100_000),
    };
  });
}
