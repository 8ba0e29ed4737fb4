import type { Target } from "../../cluster/target.ts";
import type { Score } from "../policy.ts";

/** The target with the lowest score; among equals the one that was chosen longest ago, so that ties go by turns. */
export function lowest(targets: readonly Target[], score: Score): Target | undefined {
  let best = targets[0];
  if (best === undefined) return undefined;
  let bestScore = score(best);
  for (let i = 1; i < targets.length; i++) {
    const target = targets[i];
    if (target === undefined) break;
    const targetScore = score(target);
    if (targetScore < bestScore || (targetScore === bestScore && target.lastChosen < best.lastChosen)) {
      best = target;
      bestScore = targetScore;
    }
  }
  return best;
}

/** The target with the lowest score; among equals the first. */
export function firstLowest(targets: readonly Target[], score: Score): Target | undefined {
  let best: Target | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const target of targets) {
    const targetScore = score(target);
    if (best !== undefined && targetScore >= bestScore) continue;
    best = target;
    bestScore = targetScore;
  }
  return best;
}
