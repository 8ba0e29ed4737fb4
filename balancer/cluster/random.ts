/** A source of randomness: uniform in [0, 1). Seeded in tests and in the simulator. */
export type Random = () => number;

/** mulberry32: small, fast, and good enough to draw targets and arrival times from one 32-bit seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An unseeded source for production. */
export function systemRandom(): Random {
  return seededRandom(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
}
