import type { NoisyNeighbour } from "./profile.ts";

/**
 * By what factor work started at a time takes longer, for a neighbour that is noisy for `forMs` in every
 * `everyMs`. `phase` in [0, 1) is where in its period the neighbour is at time 0, so that machines of one
 * kind need not slow down together.
 */
export function slowdownBy(noise: NoisyNeighbour, phase: number): (startMs: number) => number {
  return (startMs) => {
    const sincePeriodMs = (startMs + phase * noise.everyMs) % noise.everyMs;
    return sincePeriodMs < noise.forMs ? noise.slowdown : 1;
  };
}
