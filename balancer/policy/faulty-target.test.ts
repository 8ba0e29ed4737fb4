import { describe, expect, test } from "bun:test";
import type { Outcome } from "../cluster/attempt.ts";
import { seededRandom } from "../cluster/random.ts";
import { type Fault, FaultyTarget } from "./faulty-target.fixture.ts";
import type { PolicyName } from "./options.ts";
import { policyNames } from "./registry.ts";

const answered = (status: number, more = {}): Outcome => ({
  kind: "answered",
  status,
  firstByteMs: 1,
  completeMs: 1,
  ...more,
});
const always = (outcome: Outcome, afterMs = 1, passesChecks = true): Fault => ({
  meet: () => ({ outcome, afterMs }),
  passesChecks,
});

function failsSometimes(share: number): Fault {
  const random = seededRandom(7);
  const [bad, good] = [answered(500), answered(200, { firstByteMs: 20, completeMs: 20 })];
  return {
    meet: () => (random() < share ? { outcome: bad, afterMs: 1 } : { outcome: good, afterMs: 20 }),
    passesChecks: true,
  };
}

const faults: Readonly<Record<string, () => Fault>> = {
  "answers 500": () => always(answered(500)),
  "fails 30 %": () => failsSometimes(0.3),
  "answers 503 with Retry-After": () => always(answered(503, { retryAfterMs: 2000 })),
  "refuses connections": () => always({ kind: "failed", reason: "connect", sent: false }, 1, false),
  "accepts and never answers": () => always({ kind: "failed", reason: "timeout", sent: true }, 1000),
  "resets connections": () => always({ kind: "failed", reason: "reset", sent: true }),
};

/** Of an equal share, what a target has to get; two drawn at random leave equal targets with unequal ones for long. */
const leastShare = (policy: PolicyName) => (policy === "p2c-ewma" ? 0.6 : 0.8);

/** Policies that see by themselves how a target answers; the others have ejection alone. */
const seesFailures = ["ewma", "p2c-ewma"];

describe("one of nine targets", () => {
  for (const [name, fault] of Object.entries(faults))
    for (const policy of policyNames)
      test(`that ${name} gets little of the traffic under ${policy}, and all of its share back in 30 s`, () => {
        const scene = new FaultyTarget(policy);
        const before = scene.shareFor(5000);
        scene.breakBy(fault());
        // A rate takes an interval to compare, and a timeout to pass.
        scene.shareFor(seesFailures.includes(policy) ? 1000 : 22_000);
        expect(scene.shareFor(20_000)).toBeLessThan(0.02);
        scene.breakBy(undefined);
        scene.shareFor(30_000);
        const after = scene.shareFor(10_000);
        expect(after).toBeGreaterThan(leastShare(policy) / 9);
        expect(after).toBeLessThan(1.3 / 9);
        expect(before).toBeGreaterThan(leastShare(policy) / 9);
      });
});

test("an application that fails everywhere loses no target, whatever the policy", () => {
  for (const policy of policyNames) {
    const scene = new FaultyTarget(policy);
    const random = seededRandom(3);
    for (let i = 0; i < 4000; i++) {
      const attempt = scene.watched.group.begin(`client-${i}`);
      if (attempt === undefined) throw new Error("no target");
      const status = random() < 0.3 ? 500 : 200;
      scene.clock.after(20, () => scene.watched.end(attempt, answered(status), scene.clock.now()));
      scene.clock.advance(5);
    }
    // Among the first requests chance may look like a fault.
    const ejections = scene.log.filter(
      (line) => line.includes("ejected") && Number.parseInt(line, 10) > 3000,
    );
    expect(ejections).toEqual([]);
  }
});
