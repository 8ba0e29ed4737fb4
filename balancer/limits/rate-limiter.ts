import { fnv1a, spread } from "../text-hash.ts";
import { clientNetwork } from "./client-network.ts";

export interface RateLimit {
  /** So many in each {@link perMs}, evenly. */
  readonly requests: number;
  readonly perMs: number;
  /** So many at once, after a pause. */
  readonly burst: number;
}

/** Clients that are remembered; each may stand at as many places as a set has. */
const slotCount = 65_536;
const setSize = 8;
const setCount = slotCount / setSize;
const headerBytes = 64;
const tagsBytes = slotCount * 4;

/** Memory that all threads of a limiter share. */
export function createRateMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(headerBytes + tagsBytes + slotCount * 8);
  // Nobody can choose addresses that drive each other out without knowing it.
  crypto.getRandomValues(new Uint32Array(1)).forEach((seed) => {
    new Uint32Array(memory)[0] = seed;
  });
  return memory;
}

/**
 * A token bucket for each client's address, in memory of a fixed size: a bucket is one number, the time at which it will be
 * full again (the GCRA of ITU-T I.371). Where the set of places that an address may have is taken, the one that has been
 * full for longest goes. Threads write without asking: of two requests of a client in the same moment, one may go uncounted.
 */
export class RateLimiter {
  private readonly seed: number;
  private readonly tags: Int32Array;
  private readonly fullAtMs: Float64Array;
  /** For one token to come back. */
  private readonly intervalMs: number;

  constructor(
    readonly limit: RateLimit,
    memory: ArrayBufferLike = createRateMemory(),
  ) {
    this.seed = new Uint32Array(memory)[0] ?? 0;
    this.tags = new Int32Array(memory, headerBytes, slotCount);
    this.fullAtMs = new Float64Array(memory, headerBytes + tagsBytes, slotCount);
    this.intervalMs = limit.perMs / limit.requests;
  }

  /** Takes a token: 0, or in how many ms there is one. `address` as text. */
  take(address: string, nowMs: number): number {
    const network = clientNetwork(address);
    const hash = fnv1a(network, this.seed);
    const slot = this.slotOf((spread(hash) % setCount) * setSize, spread(~hash) | 1);
    const fullAtMs = Math.max(this.fullAtMs[slot] ?? 0, nowMs) + this.intervalMs;
    const waitMs = fullAtMs - nowMs - this.limit.burst * this.intervalMs;
    // What rounding leaves over is no wait.
    if (waitMs > this.intervalMs * 1e-6) return waitMs;
    this.fullAtMs[slot] = fullAtMs;
    return 0;
  }

  /** The place of the client in its set; where it has none, it gets that which is full for longest. */
  private slotOf(first: number, tag: number): number {
    const { tags, fullAtMs } = this;
    const signed = tag | 0;
    let oldest = first;
    for (let slot = first; slot < first + setSize; slot++) {
      if (tags[slot] === signed) return slot;
      if ((fullAtMs[slot] ?? 0) < (fullAtMs[oldest] ?? 0)) oldest = slot;
    }
    tags[oldest] = signed;
    fullAtMs[oldest] = 0;
    return oldest;
  }
}
