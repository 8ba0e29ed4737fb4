/** Numbers of which each thread has a row of its own, that it alone writes; read, all rows are put together. */
export class ThreadRows {
  /** Where this thread's own row begins. */
  private readonly ownAt: number;

  /** Rows of Float64 begin at `at` of `floats`, one every `stride`. */
  constructor(
    private readonly floats: Float64Array,
    private readonly at: number,
    private readonly stride: number,
    private readonly threadCount: number,
    thread: number,
  ) {
    this.ownAt = at + thread * stride;
  }

  add(slot: number, amount: number): void {
    this.floats[this.ownAt + slot] = (this.floats[this.ownAt + slot] ?? 0) + amount;
  }

  set(slot: number, value: number): void {
    this.floats[this.ownAt + slot] = value;
  }

  /** Over all threads. */
  sum(slot: number): number {
    let total = 0;
    for (let thread = 0; thread < this.threadCount; thread++)
      total += this.floats[this.at + thread * this.stride + slot] ?? 0;
    return total;
  }

  /** Forgets what a thread that is no more has left in its row. */
  clear(thread: number, slot: number): void {
    this.floats[this.at + thread * this.stride + slot] = 0;
  }
}
