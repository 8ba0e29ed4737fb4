import type { Target } from "../cluster/target.ts";
import { lowest } from "./choose/lowest.ts";
import type { WeightedRoundRobinConfig } from "./options.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/** Each target in turn, as often as its weight says: in a row (3:5 is A A A B B B B B), or spread evenly. */
export function weightedRoundRobin(context: PolicyContext, config: WeightedRoundRobinConfig): Policy {
  const common = { score: inFlightPerWeight, isOrdered: true };
  return config.smooth
    ? { ...common, pick: smooth(context), startsSlowly: true }
    : { ...common, pick: inARow(context.targets) };
}

/** Deficit round robin (Shreedhar and Varghese, 1995): what a fractional weight leaves over counts at the next turn. */
function inARow(targets: readonly Target[]): Policy["pick"] {
  return (available) => {
    const current = chosenLast(available);
    const goesOn = current !== undefined && current.credit >= 1;
    const chosen = goesOn ? current : longestAgo(available, current);
    if (chosen === undefined) return undefined;
    if (!goesOn) chosen.credit += chosen.weight * turnPerWeight(targets);
    chosen.credit--;
    return chosen;
  };
}

/** Every turn must be good for at least one choice, whoever has come or gone. */
function turnPerWeight(targets: readonly Target[]): number {
  let lightest = 1;
  for (const { weight } of targets) lightest = Math.min(lightest, weight);
  return 1 / lightest;
}

function chosenLast(targets: readonly Target[]): Target | undefined {
  let last: Target | undefined;
  for (const target of targets) if (target.lastChosen > (last?.lastChosen ?? 0)) last = target;
  return last;
}

/** Whose turn is next: `current`, whose turn is over, only when there is no other. */
function longestAgo(available: readonly Target[], current: Target | undefined): Target | undefined {
  return lowest(available, (target) => (target === current ? Number.POSITIVE_INFINITY : target.lastChosen));
}

/**
 * nginx's smooth weighted round robin: each choice every target gains its weight, the richest is chosen
 * and pays what all have gained.
 */
function smooth({ slowStart, clock }: PolicyContext): Policy["pick"] {
  return (available, _key, nowMs = clock.now()) => {
    let total = 0;
    let richest: Target | undefined;
    for (const target of available) {
      const weight = target.weight * (slowStart?.shareOf(target, nowMs) ?? 1);
      target.credit += weight;
      total += weight;
      if (richest === undefined || target.credit > richest.credit) richest = target;
    }
    if (richest !== undefined) richest.credit -= total;
    return richest;
  };
}
