import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Attempt } from "../cluster/attempt.ts";
import { isAvailable } from "../cluster/target.ts";
import type { PolicyConfig } from "./options.ts";
import { answer, PolicyFixture } from "./policy.fixture.ts";

/** What a policy makes of weights under constant latency and many attempts in flight. */
export type WeightRule = "ignored" | "proportional" | "preferred";

const constantly = (latencyMs: number) => () => latencyMs;

/** What holds for every policy. */
export function policyCases(config: PolicyConfig, weightRule: WeightRule): void {
  test("chooses nothing from nothing, and the only target from one", () => {
    expect(new PolicyFixture(config, []).group.begin("key")).toBeUndefined();
    const one = new PolicyFixture(config, [2]);
    expect(one.serve(20, 1, constantly(5))).toEqual([20]);
  });

  test("chooses an available and untried target, whatever has happened before", () => {
    const step = fc.record({
      action: fc.constantFrom("begin", "begin", "begin", "answer", "refuse", "fail", "cancel", "down", "up"),
      index: fc.nat(6),
      waitMs: fc.constantFrom(0, 1, 50, 6000),
    });
    const weights = fc.array(fc.constantFrom(0.3, 1, 2, 7), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(weights, fc.array(step, { maxLength: 60 }), fc.integer(), (weightList, steps, seed) => {
        const fixture = new PolicyFixture(config, weightList, { seed });
        const open: Attempt[] = [];
        for (const { action, index, waitMs } of steps) {
          const target = fixture.target(index % weightList.length);
          if (action === "down") fixture.group.setState(target, "unhealthy");
          else if (action === "up") fixture.group.setState(target, "healthy");
          else if (action === "begin") {
            const tried = waitMs === 50 ? [target] : undefined;
            const allowed = fixture.targets.filter((t) => isAvailable(t.state) && !tried?.includes(t));
            const attempt = fixture.group.begin(`key-${index}`, tried);
            if (allowed.length === 0) expect(attempt).toBeUndefined();
            else expect(allowed).toContain(attempt?.target as (typeof allowed)[number]);
            if (attempt !== undefined) open.push(attempt);
          } else end(open.splice(index % (open.length || 1), 1)[0], action, waitMs);
          fixture.clock.advance(waitMs);
          for (const t of fixture.targets) {
            expect(fixture.group.scoreOf(t)).toBeGreaterThanOrEqual(0);
            expect(t.inFlight).toBe(open.filter((a) => a.target === t).length);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("lets no equal target starve", () => {
    const shares = new PolicyFixture(config, [1, 1, 1, 1]).serve(2000, 2, constantly(20));
    for (const share of shares) expect(share).toBeGreaterThan(2000 / 4 / 3);
  });

  test("gives a vanished target nothing, and a returned one its part again", () => {
    const fixture = new PolicyFixture(config, [1, 1, 1]);
    fixture.serve(300, 5, constantly(20));
    fixture.group.setState(fixture.target(1), "unhealthy");
    expect(fixture.serve(300, 5, constantly(20))[1]).toBe(0);
    fixture.group.setState(fixture.target(1), "healthy");
    fixture.serve(2400, 5, constantly(20));
    expect(fixture.serve(600, 5, constantly(20))[1]).toBeGreaterThan(600 / 3 / 2);
  });

  test("heeds weights as it should", () => {
    const [light = 0, heavy = 0] = new PolicyFixture(config, [1, 3]).serve(4000, 1, constantly(60));
    if (weightRule === "ignored") expect(heavy).toBe(light);
    if (weightRule === "preferred") expect(heavy).toBeGreaterThan(light * 1.5);
    if (weightRule === "proportional") {
      expect(heavy / light).toBeGreaterThan(2.5);
      expect(heavy / light).toBeLessThan(3.5);
    }
  });

  test("does the same again with the same seed", () => {
    const order = () => {
      const fixture = new PolicyFixture(config, [1, 2, 1, 3], { seed: 7 });
      return Array.from({ length: 200 }, (_, i) => {
        fixture.clock.advance(3);
        return fixture.choose(`key-${i}`).id;
      });
    };
    expect(order()).toEqual(order());
  });
}

function end(attempt: Attempt | undefined, how: string, waitMs: number): void {
  if (attempt === undefined) return;
  if (how === "answer") answer(attempt, waitMs);
  else if (how === "refuse") answer(attempt, waitMs, 503);
  else if (how === "fail") attempt.end({ kind: "failed", reason: "reset", sent: true });
  else attempt.end({ kind: "cancelled" });
}
