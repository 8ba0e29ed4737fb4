import type { App, TerraformStack } from "cdktf";
import type { Artifacts } from "./artifacts.ts";
import { createFleet } from "./fleet.ts";
import { createLab } from "./lab.ts";
import { createPrimes } from "./primes.ts";
import type { Settings } from "./settings.ts";

/** Every stack by the name that `cdktf deploy` takes; none needs another. */
const stacks = { lab: createLab, primes: createPrimes, fleet: createFleet } as const;

export type StackName = keyof typeof stacks;

export const stackNames: readonly StackName[] = ["lab", "primes", "fleet"];

/** The stacks of these names. */
export function createStacks(
  app: App,
  settings: Settings,
  artifacts: Artifacts,
  names: readonly StackName[],
): TerraformStack[] {
  return names.map((name) => stacks[name](app, settings, artifacts));
}
