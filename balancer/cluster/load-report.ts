const slots = {
  version: 0,
  exists: 1,
  load: 2,
  atMs: 3,
  begun: 4,
  begunSincePrevious: 5,
  firstAtMs: 6,
} as const;

/**
 * What a target last said of itself when it was asked, and when. A thread's own copy of what stands in memory: a choice
 * looks at the reports of all targets, and new ones are rare.
 */
export class LoadReport {
  /** Whether there has been a report since the target came (back); without one, the rest says nothing. */
  exists = false;
  /** In the target's own unit, for `/load` the CPU use in percent; lower is better. */
  load = 0;
  /** {@link Clock.now} at its arrival. */
  atMs = 0;
  /** {@link Clock.now} at the arrival of the first since the target came (back). */
  firstAtMs = 0;
  /** Attempts begun between the report before this one and this one. */
  begunSincePrevious = 0;
  private begun = 0;
  private version = 0;

  /** `values`: 7 slots from `at` on, all 0 before the first report. */
  constructor(
    private readonly values: Float64Array,
    private readonly at: number,
  ) {}

  /** Attempts begun since its arrival: they are not in `load` yet. `begun`: as {@link Target.begun} says now. */
  sentSince(begun: number): number {
    return (begun - this.begun) | 0;
  }

  /** Takes over what another thread may have recorded. */
  refresh(): void {
    const version = this.get(slots.version);
    if (version === this.version) return;
    this.version = version;
    this.exists = this.get(slots.exists) === 1;
    this.load = this.get(slots.load);
    this.atMs = this.get(slots.atMs);
    this.firstAtMs = this.get(slots.firstAtMs);
    this.begun = this.get(slots.begun);
    this.begunSincePrevious = this.get(slots.begunSincePrevious);
  }

  /** For the one thread that asks the targets. */
  record(load: number, atMs: number, begun: number): void {
    this.set(slots.begunSincePrevious, this.exists ? this.sentSince(begun) : begun);
    this.set(slots.begun, begun);
    this.set(slots.load, load);
    this.set(slots.atMs, atMs);
    if (!this.exists) this.set(slots.firstAtMs, atMs);
    this.publish(true);
  }

  /** What it said before no longer holds. */
  forget(): void {
    this.publish(false);
  }

  private publish(exists: boolean): void {
    this.set(slots.exists, exists ? 1 : 0);
    // Last, so that whoever sees it sees the rest too.
    this.set(slots.version, this.get(slots.version) + 1);
    this.refresh();
  }

  private get(slot: number): number {
    return this.values[this.at + slot] ?? 0;
  }

  private set(slot: number, value: number): void {
    this.values[this.at + slot] = value;
  }
}
