import type { Policy } from "../policy/policy.ts";
import { ChoiceTurns } from "./choice-turns.ts";
import { type GroupMemory, groupSlots } from "./group-memory.ts";
import { RampGate } from "./ramp-gate.ts";
import type { SlowStart } from "./slow-start.ts";
import type { Target } from "./target.ts";
import { TierTurns } from "./tier-turns.ts";
import type { Tier } from "./tiers.ts";

/**
 * So long a choice goes by what it has seen of other threads. Looking costs a wait for each target's memory, which the others
 * are writing; a thread that is full begins about ten attempts in that time.
 */
const lookEveryMs = 0.25;

/** A group's choices, as one thread makes them: in which tier, by which order over all threads, and then by the policy. */
export class Choices {
  private readonly tierTurns = new TierTurns();
  /** Undefined where all may be chosen, or the policy itself has targets start slowly. */
  private readonly gate: RampGate | undefined;
  private count = 0;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private readonly turns: ChoiceTurns;
  private readonly takesTurns: boolean;

  /** `members`: the group's targets, whoever they are at the time. */
  constructor(
    private readonly members: readonly Target[],
    private readonly policy: Policy,
    private readonly memory: GroupMemory,
    slowStart: SlowStart | undefined,
  ) {
    if (slowStart !== undefined && policy.startsSlowly !== true) this.gate = new RampGate(slowStart);
    this.turns = new ChoiceTurns(memory.ints, memory.thread);
    this.takesTurns = policy.isOrdered === true && memory.threadCount > 1;
  }

  /** Chooses a target of the tiers besides those already `tried`; undefined when there is none. */
  next(
    tiers: readonly Tier[],
    key: string | undefined,
    tried: readonly Target[] | undefined,
    nowMs: number,
  ): Target | undefined {
    if (!this.takesTurns) return this.choose(tiers, key, tried, nowMs);
    this.turns.acquire();
    try {
      return this.choose(tiers, key, tried, nowMs);
    } finally {
      this.turns.release();
    }
  }

  /**
   * Gives the target the number of this choice, higher than those of the choices before it. In turns that is exact over all
   * threads. Else it only breaks ties, and each thread counts for itself: a target whose turn it is was chosen one round
   * ago.
   */
  took(target: Target): void {
    if (!this.takesTurns) {
      this.count = Math.max(this.count + 1, target.lastChosen + this.members.length);
      target.lastChosen = this.count;
      return;
    }
    const { ints } = this.memory;
    const low = (Atomics.add(ints, groupSlots.choicesLow, 1) + 1) >>> 0;
    if (low === 0) Atomics.add(ints, groupSlots.choicesHigh, 1);
    target.lastChosen = Atomics.load(ints, groupSlots.choicesHigh) * 2 ** 32 + low;
    target.handOverTurn();
  }

  /** Takes the turn from a thread that is no more. */
  releaseFor(thread: number): void {
    this.turns.releaseFor(thread);
  }

  private choose(
    tiers: readonly Tier[],
    key: string | undefined,
    tried: readonly Target[] | undefined,
    nowMs: number,
  ): Target | undefined {
    if (this.memory.threadCount > 1) this.lookAtOthers(nowMs);
    const turn = tiers.length > 1 ? this.tierTurns.next(tiers, key) : 0;
    let target = this.pickFrom(tiers[turn], key, tried, nowMs);
    for (let other = 0; target === undefined && other < tiers.length; other++)
      if (other !== turn) target = this.pickFrom(tiers[other], key, tried, nowMs);
    if (target !== undefined) this.took(target);
    return target;
  }

  /** Choices in turns go by the last word of every thread, others by one that is as good as new. */
  private lookAtOthers(nowMs: number): void {
    if (this.takesTurns) {
      for (const target of this.members) target.takeOverTurn();
    } else if (nowMs - this.lookedAtMs >= lookEveryMs) {
      this.lookedAtMs = nowMs;
      for (const target of this.members) target.lookAtOthers();
    }
  }

  private pickFrom(
    tier: Tier | undefined,
    key: string | undefined,
    tried: readonly Target[] | undefined,
    nowMs: number,
  ): Target | undefined {
    if (tier === undefined) return undefined;
    const untried = tried === undefined ? tier.targets : tier.targets.filter((t) => !tried.includes(t));
    if (this.gate === undefined) return this.policy.pick(untried, key, nowMs);
    const target = this.policy.pick(this.gate.admit(untried, nowMs), key, nowMs);
    if (target !== undefined) this.gate.took(target);
    return target;
  }
}
