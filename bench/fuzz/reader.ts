import type fc from "fast-check";
import type { Random } from "../../balancer/cluster/random.ts";

/** Something that reads what strangers send, as the fuzzer sees it. Texts are Latin-1. */
export interface FuzzedReader {
  readonly name: string;
  /** Inputs to begin with: sound ones, and some that are nearly so. */
  readonly corpus: readonly string[];
  /** Pieces that mean something to the reader. */
  readonly words: readonly string[];
  /** Inputs with a structure, by fast-check. */
  readonly structured: fc.Arbitrary<string>;
  /** Reads the input; throws when the reader does what it must never do. `random` decides where it is split. */
  check(input: Buffer, random: Random): void;
}

/** Throws, naming what must never be. */
export function mustHold(condition: boolean, what: string, found?: unknown): asserts condition {
  if (!condition) throw new Error(found === undefined ? what : `${what}: ${JSON.stringify(found)}`);
}

/** Up to four parts that make up the input, none of them empty. */
export function split(input: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: Math.floor(random() * 4) }, () => Math.floor(random() * input.length));
  const ends = [...new Set([...cuts, input.length])].filter((end) => end > 0).sort((a, b) => a - b);
  // Copies: a reader may keep what it was given.
  return ends.map((end, index) => Buffer.from(input.subarray(ends[index - 1] ?? 0, end)));
}
