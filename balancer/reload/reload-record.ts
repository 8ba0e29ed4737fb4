/** What `/status` tells of the last reload. */
export interface ReloadStatus {
  /** ISO 8601. */
  readonly at: string;
  /** Whether its config is in force; otherwise the one before it is. */
  readonly ok: boolean;
  /** Since the start, and how many of them were refused. */
  readonly reloads: number;
  readonly refused: number;
}

/** Keeps account of reloads; the faults themselves are in the log, since `/status` may be public. */
export class ReloadRecord {
  private last: ReloadStatus | undefined;

  /** Undefined before the first. */
  get status(): ReloadStatus | undefined {
    return this.last;
  }

  add(ok: boolean): void {
    const { reloads = 0, refused = 0 } = this.last ?? {};
    this.last = {
      at: new Date().toISOString(),
      ok,
      reloads: reloads + 1,
      refused: refused + (ok ? 0 : 1),
    };
  }
}
