/**
 * Bases that decide primality by the strong probable prime test without error below
 * 3,825,123,056,546,413,051, which is above 2^53 (Jiang and Deng, "Strong pseudoprimes to the first
 * eight prime bases", Mathematics of Computation 83, 2014).
 */
const bases = [2, 3, 5, 7, 11, 13, 17, 19, 23] as const;

/** Four of them do below 3,215,031,751 (Pomerance, Selfridge, Wagstaff, "The pseudoprimes to 25·10^9", 1980). */
const basesForSmall = bases.slice(0, 4);
const smallLimit = 3_215_031_751;

/** Up to here the product of two residues is below 2^53, and so exact in a double. */
const exactModulusLimit = 94_906_265;

type MultiplyModulo = (a: number, b: number) => number;

/**
 * Deterministic Miller-Rabin. `n` is a whole number from 0 to 2^53−1; anything else throws.
 * The worst case, a prime near 2^53, costs about a tenth of a millisecond.
 */
export function isPrime(n: number): boolean {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`isPrime takes 0 to 2^53-1, got ${n}`);
  if (n < 2) return false;
  for (const prime of bases) {
    if (n % prime === 0) return n === prime;
  }
  const multiply = multiplicationModulo(n);
  const needed = n < smallLimit ? basesForSmall : bases;
  return needed.every((base) => isStrongProbablePrime(n, base, multiply));
}

function multiplicationModulo(n: number): MultiplyModulo {
  if (n <= exactModulusLimit) return (a, b) => (a * b) % n;
  const modulus = BigInt(n);
  return (a, b) => Number((BigInt(a) * BigInt(b)) % modulus);
}

/** For odd `n` that `base` does not divide: is base^d = 1 or base^(d·2^r) = −1 modulo n, for n − 1 = d·2^s, r < s? */
function isStrongProbablePrime(n: number, base: number, multiply: MultiplyModulo): boolean {
  let oddPart = n - 1;
  let halvings = 0;
  while (oddPart % 2 === 0) {
    oddPart /= 2;
    halvings++;
  }
  let power = powerModulo(base, oddPart, multiply);
  if (power === 1 || power === n - 1) return true;
  for (let r = 1; r < halvings; r++) {
    power = multiply(power, power);
    if (power === n - 1) return true;
  }
  return false;
}

function powerModulo(base: number, exponent: number, multiply: MultiplyModulo): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}
