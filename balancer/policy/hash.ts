import type { SlowStart } from "../cluster/slow-start.ts";
import type { Target } from "../cluster/target.ts";
import { fnv1a, unitInterval } from "../text-hash.ts";
import { RampedDraw } from "./choose/ramped-draw.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { inFlightPerWeight } from "./score/in-flight.ts";

/**
 * The same target for the same key, as long as it is available; when one goes, only its keys move.
 * Weighted rendezvous hashing (Schindelhauer and Schomaker 2005): the highest `−weight ÷ ln(h)` wins, `h` from
 * key and target in (0, 1). To a target that starts slowly its keys move one after the other. Without a key a target is
 * drawn by weight.
 */
export function hash(context: PolicyContext): Policy {
  const keyless = new RampedDraw(context);
  return {
    score: inFlightPerWeight,
    startsSlowly: true,
    pick: (available, key, nowMs = context.clock.now()) =>
      key === undefined
        ? keyless.draw(available, nowMs)
        : rendezvous(available, key, nowMs, context.slowStart),
  };
}

function rendezvous(
  available: readonly Target[],
  key: string,
  nowMs: number,
  slowStart: SlowStart | undefined,
): Target | undefined {
  const keyHash = fnv1a(key);
  let winner: Target | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const target of available) {
    const weight = target.weight * (slowStart?.shareOf(target, nowMs) ?? 1);
    const claim = -weight / Math.log(unitInterval(fnv1a(target.id, keyHash)));
    if (claim > highest) {
      highest = claim;
      winner = target;
    }
  }
  return winner;
}
