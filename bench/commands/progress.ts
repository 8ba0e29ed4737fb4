import type { LoadProgress } from "../load/load.ts";

const barWidth = 30;

/** Where progress goes; a terminal understands control sequences. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressLine {
  show(progress: LoadProgress): void;
  /** Ends the line; where there is no terminal it prints the only one. */
  finish(): void;
}

/** A bar that is redrawn on a terminal; elsewhere one plain line at the end. */
export function progressLine(label: string, stream: ProgressStream): ProgressLine {
  let last: LoadProgress | undefined;
  return {
    show(progress) {
      last = progress;
      if (stream.isTTY) stream.write(`\r${formatProgress(label, progress)}\x1b[K`);
    },
    finish() {
      if (last === undefined) return;
      const { answered, failed } = last;
      stream.write(stream.isTTY ? "\n" : `${label}: ${answered} answered, ${failed} failed\n`);
    },
  };
}

/** Takes the share that is done, from 0 to 1; shows whole percents, and only on a terminal. */
export function showPercents(label: string, stream: ProgressStream): (share: number) => void {
  let shown = -1;
  return (share) => {
    const percent = Math.min(100, Math.floor(share * 100));
    if (percent === shown || !stream.isTTY) return;
    shown = percent;
    stream.write(`\r${label} ${percent} %${percent === 100 ? "\n" : ""}`);
  };
}

export function formatProgress(label: string, { fraction, answered, failed }: LoadProgress): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  const percent = `${Math.floor(fraction * 100)}`.padStart(3);
  return `${label} ${bar} ${percent} %  ${answered} answered${failed > 0 ? `, ${failed} failed` : ""}`;
}
