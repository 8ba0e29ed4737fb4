import { otherNames } from "./other-names.ts";

/** The candidate that is called `word` elsewhere, or is most like it; undefined when none is. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const elsewhere = otherNames.get(word.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
  return elsewhere?.find((name) => candidates.includes(name)) ?? mostAlike(word, candidates);
}

function mostAlike(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    // So much has to be added or taken away at least; to count on would take long for a long word.
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
