import { statSync } from "node:fs";
import type { Clock, Timer } from "./cluster/clock.ts";

/** Between two looks. */
const everyMs = 500;

/**
 * Looks at files by their names, so that it does not matter whether an editor or a deployment writes into one, or puts
 * another in its place, or moves a link.
 */
export class FileWatch {
  private timer: Timer | undefined;
  private known = "";
  /** Differs from what is known, and may still be being written. */
  private unsettled: string | undefined;

  /** `files`: looked at anew each time. `onChange` is called when they have changed and then stood still from one look to the next. */
  constructor(
    private readonly files: () => readonly string[],
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  start(): void {
    this.known = this.look();
    this.later();
  }

  stop(): void {
    this.timer?.cancel();
  }

  private later(): void {
    this.timer = this.clock.after(everyMs, () => {
      this.compare();
      this.later();
    });
  }

  private compare(): void {
    const now = this.look();
    if (now === this.known) {
      this.unsettled = undefined;
    } else if (now !== this.unsettled) {
      this.unsettled = now;
    } else {
      this.known = now;
      this.unsettled = undefined;
      this.onChange();
    }
  }

  /** What identifies the content of all of them without reading it. */
  private look(): string {
    return this.files().map(stampOf).join();
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? `${file} -` : `${file} ${stat.ino} ${stat.size} ${stat.mtimeNs}`;
}
