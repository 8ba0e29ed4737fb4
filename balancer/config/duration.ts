/** `"250ms"`, `"2s"`, `"1m"`, `"1h"`, `"30d"`; fractions such as `"1.5s"` too. */
export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds; undefined when `text` is no duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** The shortest text that {@link parseDurationMs} reads back as `ms`. */
export function formatDuration(ms: number): string {
  const unit =
    (["d", "h", "m", "s"] as const).find((candidate) => ms > 0 && ms % unitMs[candidate] === 0) ?? "ms";
  return `${ms / unitMs[unit]}${unit}`;
}
