import { expect, test } from "bun:test";
import type { Outcome } from "../attempt.ts";
import type { StreakLimits } from "./rules.ts";
import { reachedLimit, streaksAfter, streaksOnTrial } from "./streaks.ts";

const limits: StreakLimits = {
  consecutive5xx: 5,
  consecutiveGatewayFailure: 4,
  consecutiveLocalOriginFailure: 3,
};
const status = (code: number): Outcome => ({ kind: "answered", status: code, firstByteMs: 1, completeMs: 1 });
const reset: Outcome = { kind: "failed", reason: "reset", sent: true };
const after = (...failures: readonly Outcome[]) => failures.reduce(streaksAfter, 0);

test("each kind of failure counts for itself and for the wider ones", () => {
  const [error, gateway] = [status(500), status(503)];
  expect(reachedLimit(after(error, error, error, error), limits)).toBeUndefined();
  expect(reachedLimit(after(error, error, error, error, error), limits)).toBe("consecutive5xx");
  expect(reachedLimit(after(gateway, status(502), status(504), gateway), limits)).toBe(
    "consecutiveGatewayFailure",
  );
  expect(reachedLimit(after(reset, reset, reset), limits)).toBe("consecutiveLocalOriginFailure");
  // The narrower rows end where another kind comes between, the wider go on.
  expect(reachedLimit(after(reset, gateway, reset, reset), limits)).toBe("consecutiveGatewayFailure");
  expect(reachedLimit(after(reset, error, gateway, reset, reset), limits)).toBe("consecutive5xx");
});

test("a limit of 0 is never reached, and a row too long to count stays long", () => {
  const none = { consecutive5xx: 0, consecutiveGatewayFailure: 0, consecutiveLocalOriginFailure: 0 };
  const long = after(...Array.from({ length: 3000 }, () => reset));
  expect(reachedLimit(long, none)).toBeUndefined();
  expect(reachedLimit(long, { ...none, consecutive5xx: 1000 })).toBe("consecutive5xx");
});

test("on trial one failure more is enough, whatever its kind", () => {
  const trial = streaksOnTrial(limits);
  expect(reachedLimit(trial, limits)).toBeUndefined();
  expect(reachedLimit(streaksAfter(trial, status(500)), limits)).toBe("consecutive5xx");
  expect(reachedLimit(streaksAfter(trial, status(502)), limits)).toBe("consecutiveGatewayFailure");
  expect(reachedLimit(streaksAfter(trial, reset), limits)).toBe("consecutiveLocalOriginFailure");
});
