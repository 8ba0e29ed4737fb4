import type { Policy } from "../policy/policy.ts";
import type { Attempt, Outcome } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import type { Target, TargetState } from "./target.ts";

/**
 * The targets that share one kind of traffic, and the policy that chooses among them.
 * Sole owner of its targets' state and counts.
 */
export class Group {
  private available: readonly Target[] = [];

  constructor(
    readonly name: string,
    readonly targets: readonly Target[],
    private readonly policy: Policy,
    private readonly clock: Clock,
  ) {
    this.refreshAvailable();
  }

  /**
   * Chooses a target and counts the attempt in flight from now on.
   * Undefined when no target is available besides those already `tried`.
   */
  begin(key?: string, tried?: readonly Target[]): Attempt | undefined {
    const candidates =
      tried === undefined ? this.available : this.available.filter((t) => !tried.includes(t));
    const target = this.policy.pick(candidates, key);
    if (target === undefined) return undefined;
    target.inFlight++;
    return new CountedAttempt(this, target, this.clock.now());
  }

  setState(target: Target, state: TargetState): void {
    if (target.state === state) return;
    target.state = state;
    this.refreshAvailable();
  }

  /** For {@link Attempt.end} alone. */
  ended(target: Target, outcome: Outcome): void {
    target.inFlight--;
    target.requests++;
    this.policy.observe?.(target, outcome);
  }

  private refreshAvailable(): void {
    this.available = this.targets.filter((t) => t.state === "healthy" || t.state === "unknown");
  }
}

class CountedAttempt implements Attempt {
  private ended = false;

  constructor(
    private readonly group: Group,
    readonly target: Target,
    readonly startedAtMs: number,
  ) {}

  end(outcome: Outcome): void {
    if (this.ended) throw new Error(`attempt at ${this.target.id} ended twice`);
    this.ended = true;
    this.group.ended(this.target, outcome);
  }
}
