import type { Target } from "../cluster/target.ts";
import { fnv1a, unitInterval } from "../text-hash.ts";
import { WeightedDraw } from "./choose/weighted-draw.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/**
 * The same target for the same key, as long as it is available; when one goes, only its keys move.
 * Weighted rendezvous hashing (Schindelhauer and Schomaker 2005): the highest `−weight ÷ ln(h)` wins, `h` from
 * key and target in (0, 1). Without a key a target is drawn by weight.
 */
export function hash(context: PolicyContext): Policy {
  const keyless = new WeightedDraw();
  return {
    score: inFlightPerWeight,
    pick(available, key) {
      if (key !== undefined) return rendezvous(available, key);
      if (!keyless.isPreparedFor(available)) keyless.prepare(available, (target) => target.weight);
      return keyless.draw(context.random);
    },
  };
}

function rendezvous(available: readonly Target[], key: string): Target | undefined {
  const keyHash = fnv1a(key);
  let winner: Target | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const target of available) {
    const claim = -target.weight / Math.log(unitInterval(fnv1a(target.id, keyHash)));
    if (claim > highest) {
      highest = claim;
      winner = target;
    }
  }
  return winner;
}
