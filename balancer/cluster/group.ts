import type { Policy } from "../policy/policy.ts";
import type { Attempt, Outcome } from "./attempt.ts";
import { isFailure, isRefusal } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import type { Target, TargetState } from "./target.ts";
import { isAvailable } from "./target.ts";

/**
 * The targets that share one kind of traffic, and the policy that chooses among them.
 * Sole owner of its targets' state, counts and estimates.
 */
export class Group {
  private available: readonly Target[] = [];
  private choices = 0;

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
    target.lastChosen = ++this.choices;
    target.inFlight++;
    return new CountedAttempt(this, target, this.clock.now(), target.inFlight);
  }

  setState(target: Target, state: TargetState): void {
    if (target.state === state) return;
    const returns = !isAvailable(target.state) && isAvailable(state);
    target.state = state;
    if (returns) target.returned(this.clock.now());
    this.refreshAvailable();
  }

  /** A health probe has been answered after `latencyMs`. */
  recordProbe(target: Target, latencyMs: number): void {
    target.probeLatency.record(latencyMs, this.clock.now());
  }

  /** The target says how loaded it is, in its own unit; lower is better. */
  recordLoad(target: Target, load: number): void {
    const atMs = this.clock.now();
    const begunSincePrevious = target.begun - (target.loadReport?.begun ?? 0);
    target.loadReport = { load, atMs, begun: target.begun, begunSincePrevious };
    target.firstLoadReportAtMs ??= atMs;
  }

  /** The policy's present score of a target; lower is better. */
  scoreOf(target: Target): number {
    return this.policy.score(target);
  }

  /** For {@link Attempt.end} alone. `inFlight`: attempts at the target when this one began, itself included. */
  ended(target: Target, outcome: Outcome, startedAtMs: number, inFlight: number): void {
    target.inFlight--;
    target.requests++;
    if (isFailure(outcome)) target.failures++;
    const nowMs = this.clock.now();
    if (outcome.kind === "answered" && !isRefusal(outcome)) {
      const latencyMs = this.policy.latencyOn === "complete" ? outcome.completeMs : outcome.firstByteMs;
      target.requestLatency.record(latencyMs, nowMs, inFlight);
    } else if (nowMs - startedAtMs > this.usualMs(target)) {
      // Without a good answer the wait is only a lower bound of the latency: news when it is long, misleading when short.
      target.requestLatency.record(nowMs - startedAtMs, nowMs, inFlight);
    }
    this.policy.observe?.(target, outcome, nowMs);
  }

  /** The target's average latency; without one the highest of the others, infinite when nothing is known. */
  private usualMs(target: Target): number {
    const own = target.requestLatency.averageMs;
    if (own !== undefined) return own;
    const known = this.targets.map((t) => t.requestLatency.averageMs).filter((ms) => ms !== undefined);
    return known.length > 0 ? Math.max(...known) : Number.POSITIVE_INFINITY;
  }

  private refreshAvailable(): void {
    this.available = this.targets.filter((t) => isAvailable(t.state));
  }
}

class CountedAttempt implements Attempt {
  private ended = false;

  constructor(
    private readonly group: Group,
    readonly target: Target,
    readonly startedAtMs: number,
    private readonly inFlight: number,
  ) {}

  end(outcome: Outcome): void {
    if (this.ended) throw new Error(`attempt at ${this.target.id} ended twice`);
    this.ended = true;
    this.group.ended(this.target, outcome, this.startedAtMs, this.inFlight);
  }
}
