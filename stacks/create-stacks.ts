import type { App, TerraformStack } from "cdktf";
import type { Artifacts } from "./artifacts.ts";
import { createFleet } from "./fleet.ts";
import { createLab } from "./lab.ts";
import { createPrimes } from "./primes.ts";
import type { Settings } from "./settings.ts";
import type { StackName } from "./stack-names.ts";

const stacks: Record<StackName, typeof createLab> = {
  lab: createLab,
  primes: createPrimes,
  fleet: createFleet,
};

/** The stacks of these names. */
export function createStacks(
  app: App,
  settings: Settings,
  artifacts: Artifacts,
  names: readonly StackName[],
): TerraformStack[] {
  return names.map((name) => stacks[name](app, settings, artifacts));
}
