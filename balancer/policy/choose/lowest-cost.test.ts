import { expect, test } from "bun:test";
import fc from "fast-check";
import { Target } from "../../cluster/target.ts";
import { latencyCost } from "../score/latency-cost.ts";
import { lowest } from "./lowest.ts";
import { LowestCost } from "./lowest-cost.ts";

const targetCount = 6;

/** What may happen to a target between choices. */
const change = fc.record({
  kind: fc.constantFrom("begin", "end", "cost" as const),
  index: fc.nat(targetCount - 1),
  unitCostMs: fc.nat(3),
});
const indexes = fc.uniqueArray(fc.nat(targetCount - 1));
/** A choice from one of two lists by two choosers, or from a list that nobody has seen before. */
const choice = fc.record({
  kind: fc.constant("choice" as const),
  list: fc.nat(2),
  chooser: fc.nat(1),
  indexes,
});

test("chooses as lowest does, whatever lists the choices are from and whatever happens to the targets between them", () => {
  fc.assert(
    fc.property(fc.tuple(indexes, indexes), fc.array(fc.oneof(change, choice)), (lists, steps) => {
      const targets = Array.from(
        { length: targetCount },
        (_, i) => new Target(`t${i}`, `http://t${i}`, 1, 0, 1),
      );
      const of = (list: readonly number[]) => targets.filter((_, i) => list.includes(i));
      const known = lists.map(of);
      const choosers = [new LowestCost(), new LowestCost()];
      let choices = 0;
      for (const step of steps) {
        if (step.kind === "choice") {
          const from = known[step.list] ?? of(step.indexes);
          const chosen = choosers[step.chooser]?.of(from);
          expect(chosen).toBe(lowest(from, latencyCost));
          if (chosen !== undefined) chosen.lastChosen = ++choices;
        } else {
          const target = targets[step.index] as Target;
          if (step.kind === "cost") target.unitCostMs = step.unitCostMs;
          else if (step.kind === "begin") target.begin();
          else if (target.inFlight > 0) target.end({ kind: "cancelled" });
        }
      }
    }),
    { numRuns: 2000 },
  );
});
