import { describe, expect, test } from "bun:test";
import {
  boundVerdicts,
  holds,
  recoveryVerdicts,
  sinkholeVerdicts,
  slowFirstAnswerVerdicts,
  type Verdict,
} from "./acceptance.ts";

/** Shorter than the scenarios, so that the cold start weighs the more. */
const durationMs = 12_000;
const seeds = [1, 2];

function expectAll(verdicts: readonly Verdict[]): void {
  expect(verdicts.filter((verdict) => !holds(verdict))).toEqual([]);
  expect(verdicts.length).toBeGreaterThan(0);
}

describe("ewma", () => {
  for (const seed of seeds) {
    test(`stays near the clairvoyant bound from a cold start (seed ${seed})`, () =>
      expectAll(boundVerdicts(seed, durationMs)));
    test(`recovers when a server turns slow and comes back (seed ${seed})`, () =>
      expectAll(recoveryVerdicts(seed)));
    test(`keeps away from a server that fails fast (seed ${seed})`, () => expectAll(sinkholeVerdicts(seed)));
    test(`forgives one slow first answer (seed ${seed})`, () => expectAll(slowFirstAnswerVerdicts(seed)));
  }
});

test("a verdict holds on its side of the limit only", () => {
  const verdict: Verdict = { criterion: "c", figure: 2, bound: "at most", limit: 1 };
  expect(holds(verdict)).toBeFalse();
  expect(holds({ ...verdict, bound: "at least" })).toBeTrue();
});
