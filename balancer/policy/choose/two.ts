import type { Random } from "../../cluster/random.ts";
import type { Target } from "../../cluster/target.ts";
import type { Score } from "../policy.ts";

/** The better of two different targets drawn at random (Mitzenmacher, "The power of two choices", 2001). */
export function betterOfTwo(targets: readonly Target[], score: Score, random: Random): Target | undefined {
  const firstIndex = Math.floor(random() * targets.length);
  const first = targets[firstIndex];
  // The second is drawn from the others: as many places after the first, going around.
  const secondIndex = (firstIndex + 1 + Math.floor(random() * (targets.length - 1))) % targets.length;
  const second = targets[secondIndex];
  if (first === undefined || second === undefined || first === second) return first;
  const difference = score(first) - score(second);
  if (difference === 0) return first.lastChosen <= second.lastChosen ? first : second;
  return difference < 0 ? first : second;
}
