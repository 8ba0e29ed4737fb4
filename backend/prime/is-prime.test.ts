import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isPrime } from "./is-prime.ts";

function isPrimeByTrialDivision(n: number): boolean {
  if (n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) {
    if (n % divisor === 0) return false;
  }
  return true;
}

describe("isPrime", () => {
  test("agrees with trial division on every number below 20000", () => {
    for (let n = 0; n < 20_000; n++) {
      if (isPrime(n) !== isPrimeByTrialDivision(n)) throw new Error(`wrong about ${n}`);
    }
  });

  test("agrees with trial division on numbers around the limits of the shortcuts", () => {
    const nearLimit = fc
      .tuple(
        fc.constantFrom(94_906_265, 3_215_031_751, 2 ** 31, 2 ** 32),
        fc.integer({ min: -300, max: 300 }),
      )
      .map(([limit, distance]) => limit + distance);
    fc.assert(
      fc.property(nearLimit, (n) => isPrime(n) === isPrimeByTrialDivision(n)),
      { numRuns: 200 },
    );
  });

  test("a product of two factors above 1 is composite, at any size", () => {
    const factor = fc.integer({ min: 2, max: 94_906_265 });
    fc.assert(fc.property(factor, factor, (a, b) => !isPrime(a * b)));
  });

  test.each([
    ["the largest below 2^53", 9_007_199_254_740_881],
    ["the second largest below 2^53", 9_007_199_254_740_847],
    ["the third largest below 2^53", 9_007_199_254_740_761],
    ["the Mersenne prime 2^31-1", 2_147_483_647],
    ["the largest below 2^32", 4_294_967_291],
    ["the largest whose residues multiply exactly", 94_906_249],
    ["10^12+39", 1_000_000_000_039],
    ["10^15+37", 1_000_000_000_000_037],
  ])("prime: %s", (_name, n) => {
    expect(isPrime(n)).toBe(true);
  });

  test.each([
    ["2^53-1 = 6361 x 69431 x 20394401", 9_007_199_254_740_991],
    ["the square of the largest prime below 2^26.5", 94_906_249 ** 2],
    // Carmichael numbers (OEIS A002997), which pass Fermat's test to every coprime base.
    ["Carmichael 561", 561],
    ["Carmichael 1105", 1105],
    ["Carmichael 1729", 1729],
    ["Carmichael 825265", 825_265],
    ["Carmichael 321197185", 321_197_185],
    ["Carmichael 5394826801", 5_394_826_801],
    ["Carmichael 232250619601", 232_250_619_601],
    ["Carmichael 9746347772161", 9_746_347_772_161],
    // The least strong pseudoprimes to the first 1, 2, ... 7 prime bases (OEIS A014233).
    ["strong pseudoprime to 2", 2047],
    ["strong pseudoprime to 2, 3", 1_373_653],
    ["strong pseudoprime to 2, 3, 5", 25_326_001],
    ["strong pseudoprime to 2, 3, 5, 7", 3_215_031_751],
    ["strong pseudoprime to 2 ... 11", 2_152_302_898_747],
    ["strong pseudoprime to 2 ... 13", 3_474_749_660_383],
    ["strong pseudoprime to 2 ... 17 and 19", 341_550_071_728_321],
  ])("composite: %s", (_name, n) => {
    expect(isPrime(n)).toBe(false);
  });

  test("the worst case takes well under a millisecond", () => {
    const rounds = 200;
    const startedAtMs = performance.now();
    for (let i = 0; i < rounds; i++) isPrime(9_007_199_254_740_881);
    expect((performance.now() - startedAtMs) / rounds).toBeLessThan(1);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53])("%p is a caller's bug", (n) => {
    expect(() => isPrime(n)).toThrow(RangeError);
  });
});
