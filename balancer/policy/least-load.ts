import type { Target } from "../cluster/target.ts";
import { firstLowest, lowest } from "./choose/lowest.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { LoadScores } from "./score/load.ts";

/**
 * The target that says it is least loaded, by its last report and what was sent to it since; of equal ones the first. As
 * long as none has reported anything, they take turns.
 */
export function leastLoad(context: PolicyContext): Policy {
  const loads = new LoadScores(context.clock);
  const score = (target: Target) => loads.of(target);
  return {
    pick(available) {
      loads.refresh(available);
      return loads.isInformed ? firstLowest(available, score) : lowest(available, score);
    },
    score(target) {
      loads.refresh(context.targets);
      return score(target);
    },
  };
}
