import type { Policy } from "../policy/policy.ts";
import type { Attempt, Outcome } from "./attempt.ts";
import { isRefusal } from "./attempt.ts";
import { Choices } from "./choices.ts";
import type { Clock } from "./clock.ts";
import { type GroupMemory, groupSlots, privateGroupMemory } from "./group-memory.ts";
import type { SlowStart } from "./slow-start.ts";
import { isAvailable, type Target, type TargetPlace, type TargetState } from "./target.ts";
import { type Selection, selectTiers, type Tier, type TierRules } from "./tiers.ts";

export interface GroupRules extends TierRules {
  /** For targets that come or return; they get all of their share at once when left out. */
  readonly slowStart?: SlowStart | undefined;
}

const noRules: GroupRules = { panicThreshold: 0 };

/**
 * The targets that share one kind of traffic, and the policy that chooses among them.
 * Sole owner of its targets' state, counts and estimates, together with its like in other threads.
 */
export class Group {
  private selected: Selection = { tiers: [], isPanic: false };
  /** Of the group's memory when {@link selected} was made. */
  private generation = -1;
  private readonly choices: Choices;
  private readonly ints: Int32Array;

  /** `members`: the array that the policy looks at too; `memory`: the one that the targets live in. */
  constructor(
    readonly name: string,
    private readonly members: Target[],
    private readonly policy: Policy,
    private readonly clock: Clock,
    readonly memory: GroupMemory = privateGroupMemory(0),
    private readonly rules: GroupRules = noRules,
  ) {
    this.choices = new Choices(members, policy, memory, rules.slowStart);
    this.ints = memory.ints;
  }

  /** Every target, whatever its state, as they are now. */
  get targets(): readonly Target[] {
    return this.members;
  }

  /** Takes a target in, in this thread. Throws when its id is taken. */
  add(target: Target): void {
    if (this.members.some(({ id }) => id === target.id))
      throw new Error(`group ${this.name} has a target ${target.id} already`);
    this.members.push(target);
    this.stateChanged();
  }

  /** It gets no new attempts; those it has still end on it. Throws when it is not of this group. */
  remove(target: Target): void {
    const index = this.members.indexOf(target);
    if (index < 0) throw new Error(`target ${target.id} is not of group ${this.name}`);
    this.members.splice(index, 1);
    this.release(target);
  }

  /**
   * Has these targets from now on, in this order. Those that this thread's group loses are chosen no more here, and in no
   * thread once they are {@link release}d.
   */
  setTargets(targets: readonly Target[]): void {
    this.members.splice(0, this.members.length, ...targets);
    this.stateChanged();
  }

  /** No thread gives the target anything from now on. */
  release(target: Target): void {
    target.state = "draining";
    this.stateChanged();
  }

  /** Changes a target's share of the traffic, in all threads from their next choice on. */
  setWeight(target: Target, weight: number): void {
    target.weight = weight;
    this.stateChanged();
  }

  /** For each thread by itself: where a target stands is not in the group's memory. */
  setPlace(target: Target, place: TargetPlace): void {
    if (target.place.priority === place.priority && target.place.zone === place.zone) return;
    target.place = place;
    this.stateChanged();
  }

  /** Who may be chosen now; made anew when a state has changed, in whichever thread. */
  get selection(): Selection {
    const generation = Atomics.load(this.ints, groupSlots.generation);
    if (generation !== this.generation) {
      this.generation = generation;
      this.selected = selectTiers(this.members, this.rules);
    }
    return this.selected;
  }

  /**
   * Chooses a target and counts the attempt in flight from now on.
   * Undefined when no target may be chosen besides those already `tried`.
   */
  begin(key?: string, tried?: readonly Target[]): Attempt | undefined {
    return this.beginAmong(this.selection.tiers, key, tried);
  }

  /**
   * As {@link begin} for what all targets in service were `tried` for in vain: one that is not may have come back since it was
   * last looked at. Undefined also where the group never panics.
   */
  beginInPanic(key?: string, tried?: readonly Target[]): Attempt | undefined {
    if (this.rules.panicThreshold === 0) return undefined;
    const targets = this.members.filter(({ state }) => !isAvailable(state) && state !== "draining");
    return this.beginAmong([{ targets, share: 1 }], key, tried);
  }

  /** Begins an attempt at this very target, whatever the policy would choose. */
  beginAt(target: Target): Attempt {
    this.choices.took(target);
    return new CountedAttempt(this, target, this.clock.now(), target.begin());
  }

  /** For the one thread that watches over the targets' health. */
  setState(target: Target, state: TargetState): void {
    const before = target.state;
    if (before === state) return;
    if (!isAvailable(before) && isAvailable(state)) target.returned(this.clock.now());
    if (isAvailable(before) && (state === "unhealthy" || state === "ejected")) target.tally.takenOut(state);
    target.state = state;
    this.stateChanged();
  }

  /** Of a target that takes no traffic: whether it takes connections decides if panic takes it in. */
  setUnreachable(target: Target, isUnreachable: boolean): void {
    if (isAvailable(target.state) || target.isUnreachable === isUnreachable) return;
    target.isUnreachable = isUnreachable;
    this.stateChanged();
  }

  /** Ends what a thread that is no more had in flight; `thread` is its number. */
  endAllOf(thread: number): void {
    for (const target of this.targets) target.endAllOf(thread);
    this.choices.releaseFor(thread);
  }

  /** A health probe has been answered after `latencyMs`. */
  recordProbe(target: Target, latencyMs: number): void {
    target.probeLatency.record(latencyMs, this.clock.now());
  }

  /** How loaded the target was at `atMs`, in whatever unit it is told; lower is better. */
  recordLoad(target: Target, load: number, atMs = this.clock.now()): void {
    target.loadReport.record(load, atMs, target.begun);
  }

  /** What the target last said, and how long ago; undefined when it has said nothing since it came (back). */
  loadOf({ loadReport }: Target): { readonly load: number; readonly ageMs: number } | undefined {
    loadReport.refresh();
    return loadReport.exists
      ? { load: loadReport.load, ageMs: this.clock.now() - loadReport.atMs }
      : undefined;
  }

  /** Until an ejected target's time is over; 0 when it is. */
  ejectionLeftMs({ ejection }: Target): number {
    return Math.max(0, ejection.untilMs - this.clock.now());
  }

  /** The policy's present score of a target; lower is better. */
  scoreOf(target: Target): number {
    target.lookAtOthers();
    return this.policy.score(target);
  }

  /** For {@link Attempt.answered} alone; `inFlight` as in {@link ended}. */
  answered(target: Target, startedAtMs: number, inFlight: number, nowMs: number): void {
    if (this.policy.latencyOn === "complete") return;
    target.requestLatency.record(nowMs - startedAtMs, nowMs, inFlight);
  }

  /**
   * For {@link Attempt.end} alone. `inFlight`: attempts at the target when this one began, itself included; `isTimed`: it was
   * {@link answered} before.
   */
  ended(
    target: Target,
    outcome: Outcome,
    startedAtMs: number,
    inFlight: number,
    isTimed: boolean,
    nowMs = this.clock.now(),
  ): void {
    target.end(outcome);
    if (outcome.kind === "answered" && !isRefusal(outcome)) {
      if (this.policy.latencyOn === "complete")
        target.requestLatency.record(outcome.completeMs, nowMs, inFlight);
      else if (!isTimed) target.requestLatency.record(outcome.firstByteMs, nowMs, inFlight);
    } else if (nowMs - startedAtMs > this.usualMs(target)) {
      // Without a good answer the wait is only a lower bound of the latency: news when it is long, misleading when short.
      target.requestLatency.record(nowMs - startedAtMs, nowMs, inFlight);
    }
    this.policy.observe?.(target, outcome, nowMs);
  }

  private beginAmong(
    tiers: readonly Tier[],
    key: string | undefined,
    tried: readonly Target[] | undefined,
  ): Attempt | undefined {
    const nowMs = this.clock.now();
    const target = this.choices.next(tiers, key, tried, nowMs);
    return target && new CountedAttempt(this, target, nowMs, target.begin());
  }

  /** The target's average latency; without one the highest of the others, infinite when nothing is known. */
  private usualMs(target: Target): number {
    const own = target.requestLatency.averageMs;
    if (own !== undefined) return own;
    const known = this.targets.map((t) => t.requestLatency.averageMs).filter((ms) => ms !== undefined);
    return known.length > 0 ? Math.max(...known) : Number.POSITIVE_INFINITY;
  }

  private stateChanged(): void {
    Atomics.add(this.ints, groupSlots.generation, 1);
  }
}

class CountedAttempt implements Attempt {
  private ended = false;
  private isTimed = false;

  constructor(
    private readonly group: Group,
    readonly target: Target,
    readonly startedAtMs: number,
    private readonly inFlight: number,
  ) {}

  answered(nowMs: number): void {
    if (this.isTimed) throw new Error(`attempt at ${this.target.id} was answered twice`);
    this.isTimed = true;
    this.group.answered(this.target, this.startedAtMs, this.inFlight, nowMs);
  }

  end(outcome: Outcome, nowMs?: number): void {
    if (this.ended) throw new Error(`attempt at ${this.target.id} ended twice`);
    this.ended = true;
    this.group.ended(this.target, outcome, this.startedAtMs, this.inFlight, this.isTimed, nowMs);
  }
}
