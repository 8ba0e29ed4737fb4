import { describe, expect, test } from "bun:test";
import type { ServiceTime } from "./profile.ts";
import { seededRandom } from "./random.ts";
import { drawServiceMs } from "./service-time.ts";

const draws = 200_000;

function sample(service: ServiceTime): number[] {
  const random = seededRandom(1);
  return Array.from({ length: draws }, () => drawServiceMs(service, random)).sort((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function p99(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor(sorted.length * 0.99)];
}

/** Within 3 %, far more than the sampling error of this many draws. */
function expectNear(actual: number | undefined, expected: number): void {
  expect(Math.abs((actual ?? Number.NaN) / expected - 1)).toBeLessThan(0.03);
}

describe("drawServiceMs", () => {
  test("constant", () => {
    expect(drawServiceMs({ distribution: "constant", meanMs: 7 }, seededRandom(1))).toBe(7);
  });

  test("exponential: mean as given, p99 at ln 100 times the mean", () => {
    const values = sample({ distribution: "exponential", meanMs: 10 });
    expectNear(mean(values), 10);
    expectNear(p99(values), 10 * Math.log(100));
  });

  test.each([0.25, 0.5, 1])("log-normal with sigma %p: mean as given, p99 by the formula", (sigma) => {
    const values = sample({ distribution: "lognormal", meanMs: 10, sigma });
    expectNear(mean(values), 10);
    expectNear(p99(values), 10 * Math.exp(2.3263 * sigma - sigma ** 2 / 2));
  });

  test("every draw is a finite time, also at the ends of the random range", () => {
    for (const edge of [0, 1 - 2 ** -32]) {
      for (const service of [
        { distribution: "exponential", meanMs: 10 },
        { distribution: "lognormal", meanMs: 10, sigma: 3 },
      ] as const) {
        const drawnMs = drawServiceMs(service, () => edge);
        expect(drawnMs).toBeGreaterThanOrEqual(0);
        expect(drawnMs).toBeFinite();
      }
    }
  });
});
