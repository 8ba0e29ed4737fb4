const slots = { count: 0, load: 1, atMs: 2, begun: 3, begunSincePrevious: 4, firstAtMs: 5 } as const;
const slotCount = 6;

/** What a target last said of itself when it was asked, and when. */
export class LoadReport {
  /** `values`: 6 slots from `at` on, all 0 before the first report. */
  constructor(
    private readonly values: Float64Array,
    private readonly at: number,
  ) {}

  /** Whether there has been a report since the target came (back). */
  get exists(): boolean {
    return this.get(slots.count) > 0;
  }

  /** In the target's own unit, for `/load` the CPU use in percent; lower is better. */
  get load(): number {
    return this.get(slots.load);
  }

  /** {@link Clock.now} at its arrival. */
  get atMs(): number {
    return this.get(slots.atMs);
  }

  /** {@link Clock.now} at the arrival of the first since the target came (back). */
  get firstAtMs(): number {
    return this.get(slots.firstAtMs);
  }

  /** Attempts begun between the report before this one and this one. */
  get begunSincePrevious(): number {
    return this.get(slots.begunSincePrevious);
  }

  /** Attempts begun since its arrival: they are not in `load` yet. `begun`: as {@link Target.begun} says now. */
  sentSince(begun: number): number {
    return (begun - this.get(slots.begun)) | 0;
  }

  record(load: number, atMs: number, begun: number): void {
    this.set(slots.begunSincePrevious, this.exists ? this.sentSince(begun) : begun);
    this.set(slots.begun, begun);
    this.set(slots.load, load);
    this.set(slots.atMs, atMs);
    if (!this.exists) this.set(slots.firstAtMs, atMs);
    this.set(slots.count, this.get(slots.count) + 1);
  }

  /** What it said before no longer holds. */
  forget(): void {
    this.values.fill(0, this.at, this.at + slotCount);
  }

  private get(slot: number): number {
    return this.values[this.at + slot] ?? 0;
  }

  private set(slot: number, value: number): void {
    this.values[this.at + slot] = value;
  }
}
