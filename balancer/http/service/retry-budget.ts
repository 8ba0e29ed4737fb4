import { type GroupCounts, privateGroupCounts } from "../../observe/group-counts.ts";

/** Requests count for so long, in slots of a second. */
const slotCount = 10;
const slotMs = 1000;

export interface RetryBudgetLimits {
  /** Further attempts for each request: 0.2 is one for five. */
  readonly share: number;
  /** So many a second are always allowed, or a group with few requests could not retry at all. */
  readonly minPerSecond: number;
}

/**
 * Holds further attempts, be they retries or hedges, to a share of the requests of the last ten seconds, or of those that
 * are open now where they are more: a group that fails as a whole gets little more than what its clients send. After
 * Finagle's `RetryBudget`.
 */
export class RetryBudget {
  private readonly requests = new Float64Array(slotCount);
  private readonly spent = new Float64Array(slotCount);
  private slot = 0;
  private slotEndsAtMs = 0;

  constructor(
    private readonly limits: RetryBudgetLimits,
    private readonly counts: Pick<GroupCounts, "add"> = privateGroupCounts(),
  ) {}

  /** A request has come. */
  count(nowMs: number): void {
    if (nowMs >= this.slotEndsAtMs) this.turn(nowMs);
    this.requests[this.slot] = (this.requests[this.slot] ?? 0) + 1;
  }

  /** Whether there may be another attempt, of `open` that are under way. */
  allows(nowMs: number, open: number): boolean {
    if (nowMs >= this.slotEndsAtMs) this.turn(nowMs);
    const { share, minPerSecond } = this.limits;
    const reserve = (minPerSecond * slotCount * slotMs) / 1000;
    const allowed = Math.max(share * Math.max(sum(this.requests), open), reserve);
    const isAllowed = sum(this.spent) + 1 <= allowed;
    if (!isAllowed) this.counts.add("budgetDenied");
    return isAllowed;
  }

  /** Another attempt begins, which was allowed. */
  take(): void {
    this.counts.add("budgetTaken");
    this.spent[this.slot] = (this.spent[this.slot] ?? 0) + 1;
  }

  /** Goes on to the slot of `nowMs`; those in between had nothing. */
  private turn(nowMs: number): void {
    const passed = Math.min(slotCount, Math.floor((nowMs - this.slotEndsAtMs) / slotMs) + 1);
    for (let step = 0; step < passed; step++) {
      this.slot = (this.slot + 1) % slotCount;
      this.requests[this.slot] = 0;
      this.spent[this.slot] = 0;
    }
    this.slotEndsAtMs = (Math.floor(nowMs / slotMs) + 1) * slotMs;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
