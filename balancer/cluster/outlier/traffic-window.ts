import type { Target } from "../target.ts";
import type { Sample } from "./compare.ts";

interface Counts {
  readonly requests: number;
  readonly failures: number;
}

const nothing: Counts = { requests: 0, failures: 0 };

/** What targets did of late, from counts that never go down. */
export class TrafficWindow {
  private readonly current = new WeakMap<Target, Counts>();
  private readonly previous = new WeakMap<Target, Counts>();

  /** Since the last {@link turn}. */
  sample(target: Target): Sample<Target> {
    return since(target, this.current.get(target));
  }

  /** Since the turn before the last. */
  longSample(target: Target): Sample<Target> {
    return since(target, this.previous.get(target) ?? this.current.get(target));
  }

  /** Another interval begins. */
  turn(targets: readonly Target[]): void {
    for (const target of targets) {
      this.previous.set(target, this.current.get(target) ?? nothing);
      this.current.set(target, countsOf(target));
    }
  }

  /** What the target did up to now no longer counts. */
  restart(target: Target): void {
    const counts = countsOf(target);
    this.previous.set(target, counts);
    this.current.set(target, counts);
  }
}

function since(target: Target, { requests, failures } = nothing): Sample<Target> {
  return {
    target,
    requests: target.requests - requests,
    failures: target.failures - failures,
    latencyMs: target.requestLatency.averageMs,
  };
}

function countsOf({ requests, failures }: Target): Counts {
  return { requests, failures };
}
