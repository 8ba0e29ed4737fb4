import { isRefusal, type Outcome } from "../../cluster/attempt.ts";
import type { Target } from "../../cluster/target.ts";

/** After a refusal a good answer is expected in so many ms, unless the target itself says when. */
const defaultPenaltyMs = 5000;
const maxPenaltyMs = 300_000;
/** Refusals and answers are forgotten at e^(−age/decay). */
const decayMs = 10_000;
/** A target that has ended few attempts is taken to have ended this many more, all well. */
const priorAnswers = 1;

/**
 * Keeps targets that fail fast from looking fast. What a refusal took is not measured; instead each counts as a wait of
 * 5 s or of `Retry-After` up to 300 s, never less than the target's average, and that wait runs out as the time passes.
 * It weighs as often as the target refuses more than the others of its group do:
 * docs/decisions/failure-penalty.md.
 */
export class GroupPenalties {
  private refusals = 0;
  private ended = 0;

  constructor(private readonly targets: readonly Target[]) {}

  /** Takes the group's totals as they are now. */
  refresh(nowMs: number): void {
    this.refusals = 0;
    this.ended = 0;
    for (const { refusals } of this.targets) {
      refusals.age(nowMs, decayMs);
      this.refusals += refusals.refusals;
      this.ended += refusals.ended;
    }
  }

  observe(target: Target, outcome: Outcome, nowMs: number): void {
    if (outcome.kind === "cancelled") return;
    // Not aged here: the next refresh, some milliseconds away, ages it with all others.
    const isRefused = isRefusal(outcome);
    target.refusals.add(isRefused);
    this.ended++;
    if (!isRefused) return;
    this.refusals++;
    const askedForMs = outcome.kind === "answered" ? outcome.retryAfterMs : undefined;
    const penaltyMs = Math.max(askedForMs ?? defaultPenaltyMs, target.requestLatency.averageMs ?? 0);
    target.refusals.expireAt(nowMs + Math.min(maxPenaltyMs, penaltyMs));
  }

  /** To be added to what the target's answer is expected to take. */
  penaltyMs(target: Target, nowMs: number): number {
    const record = target.refusals;
    if (record.expiresAtMs <= nowMs) return 0;
    const samples = record.ended + priorAnswers;
    const othersEnded = Math.max(0, this.ended - record.ended);
    const others = Math.max(0, this.refusals - record.refusals) / (othersEnded + priorAnswers);
    // Two standard errors: among few answers a refusal more than the others' is chance.
    const chance = 2 * Math.sqrt(others / samples);
    const excess = record.refusals / samples - others - chance;
    return Math.max(0, excess) * (record.expiresAtMs - nowMs);
  }
}
