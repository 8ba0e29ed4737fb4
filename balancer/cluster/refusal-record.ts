const slots = { refusals: 0, ended: 1, agedAtMs: 2, expiresAtMs: 3 } as const;

/** How often a target refused of late. Numbers that fade with age: who reads them ages them first. */
export class RefusalRecord {
  /** `values`: 4 slots from `at` on, all 0 at first. */
  constructor(
    private readonly values: Float64Array,
    private readonly at: number,
  ) {}

  get refusals(): number {
    return this.get(slots.refusals);
  }

  /** Attempts that ended, refused or not. */
  get ended(): number {
    return this.get(slots.ended);
  }

  /** {@link Clock.now} at which a good answer is expected again. */
  get expiresAtMs(): number {
    return this.get(slots.expiresAtMs);
  }

  add(isRefusal: boolean): void {
    this.set(slots.ended, this.ended + 1);
    if (isRefusal) this.set(slots.refusals, this.refusals + 1);
  }

  /** A wait that is longer already stays. */
  expireAt(atMs: number): void {
    this.set(slots.expiresAtMs, Math.max(this.expiresAtMs, atMs));
  }

  /** Forgets at e^(−age/decay). */
  age(nowMs: number, decayMs: number): void {
    const ageMs = Math.max(0, nowMs - this.get(slots.agedAtMs));
    const kept = Math.exp(-ageMs / decayMs);
    this.set(slots.refusals, this.refusals * kept);
    this.set(slots.ended, this.ended * kept);
    this.set(slots.agedAtMs, nowMs);
  }

  private get(slot: number): number {
    return this.values[this.at + slot] ?? 0;
  }

  private set(slot: number, value: number): void {
    this.values[this.at + slot] = value;
  }
}
