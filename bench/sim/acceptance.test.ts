import { describe, expect, test } from "bun:test";
import {
  boundedScenarios,
  boundVerdict,
  recoveryVerdicts,
  sinkholeVerdicts,
  slowFirstAnswerVerdicts,
} from "./acceptance.ts";
import { burstVerdicts, quietVerdicts } from "./cold-start.ts";
import { holds, type Verdict } from "./verdict.ts";

/** Shorter than the scenarios, so that the cold start weighs the more. */
const durationMs = 12_000;
const seeds = [1, 2];
/** Ninety targets take two seconds, and on a busy machine many more. */
const longestMs = 60_000;

function expectAll(verdicts: readonly Verdict[]): void {
  expect(verdicts.filter((verdict) => !holds(verdict))).toEqual([]);
  expect(verdicts.length).toBeGreaterThan(0);
}

describe("ewma", () => {
  for (const name of boundedScenarios) {
    // One run as short as that is off by some hundredths either way.
    test(
      `stays near the clairvoyant bound from a cold start, on the average of the seeds: ${name}`,
      () => {
        const verdicts = seeds.map((seed) => boundVerdict(name, seed, durationMs));
        const figure = verdicts.reduce((sum, verdict) => sum + verdict.figure, 0) / verdicts.length;
        expectAll(verdicts.map((verdict) => ({ ...verdict, figure })));
      },
      longestMs,
    );
  }
  for (const seed of seeds) {
    test(`recovers when a server turns slow and comes back (seed ${seed})`, () =>
      expectAll(recoveryVerdicts(seed)));
    test(`keeps away from a server that fails fast (seed ${seed})`, () => expectAll(sinkholeVerdicts(seed)));
    test(`forgives one slow first answer (seed ${seed})`, () => expectAll(slowFirstAnswerVerdicts(seed)));
    test(`shares a burst as evenly as least-connections (seed ${seed})`, () =>
      expectAll(burstVerdicts(seed)));
    test(`leaves none of equal targets out where it is quiet (seed ${seed})`, () =>
      expectAll(quietVerdicts(seed)));
  }
});

test("a verdict holds on its side of the limit only", () => {
  const verdict: Verdict = { criterion: "c", figure: 2, bound: "at most", limit: 1 };
  expect(holds(verdict)).toBeFalse();
  expect(holds({ ...verdict, bound: "at least" })).toBeTrue();
});
