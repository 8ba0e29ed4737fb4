import { type EjectionCause, ejectionCauses } from "./rules.ts";

const slots = { untilMs: 0, cause: 1, times: 2 } as const;

/** A target's last ejection, as every thread may tell of it. Written by the one that watches over health. */
export class EjectionRecord {
  /** `values`: 3 slots from `at` on, all 0 for a target that was never ejected. */
  constructor(
    private readonly values: Float64Array,
    private readonly at: number,
  ) {}

  /** {@link Clock.now} from which on a passed check brings the target back. */
  get untilMs(): number {
    return this.get(slots.untilMs);
  }

  /** Undefined for a target that was never ejected. */
  get cause(): EjectionCause | undefined {
    return this.times === 0 ? undefined : ejectionCauses[this.get(slots.cause)];
  }

  /** Ejections so far. */
  get times(): number {
    return this.get(slots.times);
  }

  ejected(untilMs: number, cause: EjectionCause): void {
    this.set(slots.untilMs, untilMs);
    this.set(slots.cause, ejectionCauses.indexOf(cause));
    this.set(slots.times, this.times + 1);
  }

  private get(slot: number): number {
    return this.values[this.at + slot] ?? 0;
  }

  private set(slot: number, value: number): void {
    this.values[this.at + slot] = value;
  }
}
