import type { Target } from "../../cluster/target.ts";
import type { PolicyContext } from "../policy.ts";
import { WeightedDraw } from "./weighted-draw.ts";

/** Shares that grow are looked at again after so many ms. */
const refreshMs = 50;

/** Draws targets at random by weight; one that starts slowly by its growing part of it. */
export class RampedDraw {
  private readonly weighted = new WeightedDraw();
  private freshUntilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly context: PolicyContext) {}

  /** Undefined only when there are no targets. */
  draw(targets: readonly Target[], nowMs = this.context.clock.now()): Target | undefined {
    if (nowMs >= this.freshUntilMs || !this.weighted.isPreparedFor(targets)) this.prepare(targets, nowMs);
    return this.weighted.draw(this.context.random);
  }

  private prepare(targets: readonly Target[], nowMs: number): void {
    const { slowStart } = this.context;
    let ramps = false;
    this.weighted.prepare(targets, (target) => {
      const share = slowStart?.shareOf(target, nowMs) ?? 1;
      if (share < 1) ramps = true;
      return share * target.weight;
    });
    this.freshUntilMs = ramps ? nowMs + refreshMs : Number.POSITIVE_INFINITY;
  }
}
