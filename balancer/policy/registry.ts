import { cloudWatch } from "./cloudwatch.ts";
import { ewma, p2cEwma } from "./ewma.ts";
import { hash } from "./hash.ts";
import { leastConnections } from "./least-connections.ts";
import { leastLoad } from "./least-load.ts";
import type { PolicyConfig, PolicyName } from "./options.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { prequal } from "./prequal.ts";
import { random } from "./random.ts";
import { roundRobin } from "./round-robin.ts";
import { weightedRoundRobin } from "./weighted-round-robin.ts";

type ConfigOf<Name extends PolicyName> = Extract<PolicyConfig, { name: Name }>;

/** The one table of policies. */
const policies: {
  readonly [Name in PolicyName]: (context: PolicyContext, config: ConfigOf<Name>) => Policy;
} = {
  "round-robin": roundRobin,
  "weighted-round-robin": weightedRoundRobin,
  random,
  "least-connections": leastConnections,
  "least-load": leastLoad,
  ewma,
  "p2c-ewma": p2cEwma,
  prequal,
  hash,
  cloudwatch: (context, config) => cloudWatch(context, config, createPolicy(config.chooser, context)),
};

export const policyNames = Object.keys(policies) as readonly PolicyName[];

export function createPolicy<Name extends PolicyName>(
  config: ConfigOf<Name>,
  context: PolicyContext,
): Policy {
  const create: (context: PolicyContext, config: ConfigOf<Name>) => Policy = policies[config.name as Name];
  return create(context, config);
}
