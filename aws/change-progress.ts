import { formatDuration } from "../balancer/config/duration.ts";
import type { ProgressStream } from "../bench/commands/progress.ts";
import type { Action, Change, TerraformEvent } from "./terraform-events.ts";

const past: Record<Action, string> = {
  create: "created",
  update: "changed",
  delete: "destroyed",
  replace: "replaced",
};

/** Shows `total` changes as Terraform makes them: a line for each, and on a terminal one more about what takes its time. */
export class ChangeProgress {
  private done = 0;
  /** Seconds so far of what is being worked on, by its address. */
  private readonly working = new Map<string, number>();

  constructor(
    private readonly total: number,
    private readonly stream: ProgressStream,
  ) {}

  show(event: TerraformEvent): void {
    switch (event.kind) {
      case "working":
        this.working.set(event.change.address, event.seconds);
        this.showWorking();
        break;
      case "done": {
        const { address, action } = event.change;
        this.working.delete(address);
        this.done++;
        this.line(`${address} ${past[action]}, ${formatDuration(event.seconds * 1000)}`);
        break;
      }
      case "failed":
        this.working.delete(event.address);
        this.line(`${event.address} FAILED`);
    }
  }

  /** Leaves the terminal's line to others. */
  end(): void {
    if (this.stream.isTTY) this.stream.write("\r\x1b[K");
  }

  private line(text: string): void {
    const width = String(this.total).length;
    const end = this.stream.isTTY ? "\x1b[K\n" : "\n";
    const start = this.stream.isTTY ? "\r" : "";
    this.stream.write(`${start}  ${String(this.done).padStart(width)}/${this.total}  ${text}${end}`);
    this.showWorking();
  }

  private showWorking(): void {
    if (!this.stream.isTTY) return;
    const [longest] = [...this.working].sort(([, one], [, other]) => other - one);
    const text =
      longest === undefined
        ? ""
        : `  ${this.working.size} at work, longest ${longest[0]} for ${longest[1]} s`;
    this.stream.write(`\r${text}\x1b[K`);
  }
}

/** A replacement is done in two steps: one destroys, one creates. */
export function stepsOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { action }) => sum + (action === "replace" ? 2 : 1), 0);
}
