import type { Profile } from "./profile.ts";

/** The two instance types of the lab, as its simulations know them. */
export const instanceTypes: Readonly<Record<string, Profile>> = {
  "t2.large": { workers: 2, service: { distribution: "exponential", meanMs: 10 } },
  "t2.micro": {
    workers: 1,
    service: { distribution: "exponential", meanMs: 20 },
    noisyNeighbour: { everyMs: 30_000, forMs: 3000, slowdown: 3 },
  },
};
