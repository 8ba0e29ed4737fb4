import type { Clock } from "../cluster/clock.ts";
import type { Target } from "../cluster/target.ts";
import { lowest } from "./choose/lowest.ts";
import type { CloudWatchConfig } from "./options.ts";
import type { Policy, PolicyContext } from "./policy.ts";

/** Values change once a minute: who is over the limit is found out anew no more often than this. */
const recheckMs = 100;

/**
 * Leaves out the targets whose instances are over a limit while another is under it; `chooser` chooses among the rest. When
 * all are over, the lowest value goes first, with what is in flight counted so that it does not get everything.
 * A target without a value is never left out, and never a reason to leave others out.
 */
export function cloudWatch({ clock }: PolicyContext, config: CloudWatchConfig, chooser: Policy): Policy {
  const limited = new LimitedTargets(clock, config.limit, config.maxAgeMs);
  return {
    ...chooser,
    pick(available, key, nowMs) {
      const underLimit = limited.among(available, nowMs);
      return underLimit === undefined ? lowest(available, loadPerTurn) : chooser.pick(underLimit, key, nowMs);
    },
    score: (target) => limited.loadOf(target, clock.now()) ?? Number.POSITIVE_INFINITY,
  };
}

const loadPerTurn = (target: Target) => target.loadReport.load * (target.inFlightSeen + 1);

/** Who may get new attempts. Keeps its lists while nothing changes: policies prepare for a list as long as it is the same. */
class LimitedTargets {
  private available: readonly Target[] = [];
  private checkedAtMs = Number.NEGATIVE_INFINITY;
  private underLimit: readonly Target[] | undefined = [];

  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly maxAgeMs: number,
  ) {}

  /** Undefined when every one is known to be over the limit. */
  among(available: readonly Target[], nowMs = this.clock.now()): readonly Target[] | undefined {
    if (available === this.available && nowMs < this.checkedAtMs + recheckMs) return this.underLimit;
    this.available = available;
    this.checkedAtMs = nowMs;
    const present = this.underLimit;
    const next = this.choose(available, nowMs);
    if (present === undefined || next === undefined || !isSame(present, next)) this.underLimit = next;
    return this.underLimit;
  }

  /** Undefined when there is no value, or only one that is too old. */
  loadOf({ loadReport }: Target, nowMs: number): number | undefined {
    loadReport.refresh();
    return loadReport.exists && nowMs - loadReport.atMs <= this.maxAgeMs ? loadReport.load : undefined;
  }

  private choose(available: readonly Target[], nowMs: number): readonly Target[] | undefined {
    const loads = available.map((target) => this.loadOf(target, nowMs));
    const isOver = (load: number | undefined) => load !== undefined && load > this.limit;
    if (loads.some((load) => load !== undefined && !isOver(load)))
      return available.filter((_, index) => !isOver(loads[index]));
    return available.length === 0 || loads.includes(undefined) ? available : undefined;
  }
}

function isSame(one: readonly Target[], other: readonly Target[]): boolean {
  return one.length === other.length && one.every((target, index) => target === other[index]);
}
