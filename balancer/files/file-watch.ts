import { statSync } from "node:fs";
import type { Clock, Timer } from "../cluster/clock.ts";

/** Between two looks. */
const everyMs = 500;

/**
 * Looks at files by their names, so that it does not matter whether an editor or a deployment writes into one, or puts
 * another in its place, or moves a link.
 */
export class FileWatch {
  private timer: Timer | undefined;
  /** The stamp of each file that was looked at. */
  private known: ReadonlyMap<string, string>;
  /** What differs from what is known, and may still be being written. */
  private unsettled = "";

  /**
   * Looks for the first time. `files`: looked at anew each time; one that joins them is no change. `onChange` is called when
   * they have changed and then stood still from one look to the next.
   */
  constructor(
    private readonly files: () => readonly string[],
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {
    this.known = this.look();
  }

  start(): void {
    this.timer = this.clock.after(everyMs, () => {
      this.compare();
      this.start();
    });
  }

  stop(): void {
    this.timer?.cancel();
  }

  private compare(): void {
    const now = this.look();
    const changed = [...now].filter(([file, stamp]) => (this.known.get(file) ?? stamp) !== stamp).join();
    const isSettled = changed === this.unsettled;
    this.unsettled = isSettled ? "" : changed;
    if (changed !== "" && !isSettled) return;
    this.known = now;
    if (changed !== "") this.onChange();
  }

  /** What identifies the content of each without reading it. */
  private look(): ReadonlyMap<string, string> {
    return new Map(this.files().map((file) => [file, stampOf(file)]));
  }
}

function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    // Gone, or out of reach: whoever reads it says why.
    return (error as NodeJS.ErrnoException).code ?? "-";
  }
}
