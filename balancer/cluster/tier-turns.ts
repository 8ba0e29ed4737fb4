import { fnv1a, unitInterval } from "../text-hash.ts";
import type { Tier } from "./tiers.ts";

/** Sets the hash that chooses a tier apart from the one that chooses in it. */
const salt = "tier";

/** Deals choices out over tiers, each as often as its share says. */
export class TierTurns {
  private tiers: readonly Tier[] = [];
  /** By tier: the part of a choice that it has left, or is owed. */
  private credits: number[] = [];

  /** Index of the tier that the next choice falls on. The same key stays in the same tier for as long as the shares last. */
  next(tiers: readonly Tier[], key: string | undefined): number {
    return key === undefined ? this.inTurn(tiers) : byKey(tiers, key);
  }

  private inTurn(tiers: readonly Tier[]): number {
    if (tiers !== this.tiers) {
      this.tiers = tiers;
      this.credits = tiers.map(() => 0);
    }
    let richest = 0;
    for (const [index, { share }] of tiers.entries()) {
      this.credits[index] = this.creditOf(index) + share;
      if (this.creditOf(index) > this.creditOf(richest)) richest = index;
    }
    this.credits[richest] = this.creditOf(richest) - 1;
    return richest;
  }

  private creditOf(index: number): number {
    return this.credits[index] ?? 0;
  }
}

function byKey(tiers: readonly Tier[], key: string): number {
  let left = unitInterval(fnv1a(key, fnv1a(salt)));
  for (const [index, { share }] of tiers.entries()) {
    left -= share;
    if (left < 0) return index;
  }
  return 0;
}
