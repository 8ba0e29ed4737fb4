/** A figure that `ewma` has to keep, and what it came to. */
export interface Verdict {
  readonly criterion: string;
  readonly figure: number;
  readonly bound: "at most" | "at least";
  readonly limit: number;
}

export function holds({ figure, bound, limit }: Verdict): boolean {
  return bound === "at most" ? figure <= limit : figure >= limit;
}
