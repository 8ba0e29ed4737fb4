/**
 * Durations counted by size, in memory that one thread writes and others may read. Recording is a search among a few
 * numbers and two additions.
 */

/** Upper bounds of the buckets in ms, themselves included; one more bucket takes what lies above. */
export const bucketBoundsMs: readonly number[] = [
  0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000,
];

const boundCount = bucketBoundsMs.length;
const bucketCount = boundCount + 1;
const bounds = Float64Array.from(bucketBoundsMs);

/** Float64 of an exemplar: its value in ms, its time in ms since 1970, and 16 bytes of a trace id. */
const exemplarFloats = 4;
const idInts = 4;

/** Float64 that a histogram takes: the sum in ms, a count for each bucket, an exemplar for each bucket. */
export const histogramFloats = 1 + bucketCount + bucketCount * exemplarFloats;

/** A sample of a bucket that stands for others like it. */
export interface Exemplar {
  readonly valueMs: number;
  /** Since 1970. */
  readonly atMs: number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
}

/** What was recorded so far. */
export interface HistogramTotals {
  readonly sumMs: number;
  /** By bucket, not cumulated; the last one is for what lies above all bounds. */
  readonly counts: readonly number[];
  /** Of each bucket the latest one, where there is any. */
  readonly exemplars: readonly (Exemplar | undefined)[];
}

/** One thread's histogram; it stands at `at` in `floats`, and has {@link histogramFloats}. */
export class Histogram {
  private readonly ints: Int32Array;

  constructor(
    private readonly floats: Float64Array,
    private readonly at: number,
  ) {
    this.ints = new Int32Array(floats.buffer, floats.byteOffset, floats.length * 2);
  }

  record(ms: number): void {
    const { floats, at } = this;
    floats[at] = (floats[at] ?? 0) + ms;
    const slot = at + 1 + bucketOf(ms);
    floats[slot] = (floats[slot] ?? 0) + 1;
  }

  /** Keeps a sample that was recorded as its bucket's exemplar. `traceId`: 32 hexadecimal digits; `atMs`: since 1970. */
  exemplify(ms: number, traceId: string, atMs: number): void {
    const at = exemplarAt(this.at, bucketOf(ms));
    // While it has no time it is not read: half of it would be another one's.
    this.floats[at + 1] = 0;
    this.floats[at] = ms;
    for (let word = 0; word < idInts; word++)
      this.ints[(at + 2) * 2 + word] = Number.parseInt(traceId.slice(word * 8, word * 8 + 8), 16);
    this.floats[at + 1] = atMs;
  }
}

/** What stands in the histograms at `places` of `floats`, those of several threads, put together. */
export function readHistograms(floats: Float64Array, places: readonly number[]): HistogramTotals {
  let sumMs = 0;
  const counts = new Array<number>(bucketCount).fill(0);
  const exemplars = new Array<Exemplar | undefined>(bucketCount).fill(undefined);
  for (const at of places) {
    sumMs += floats[at] ?? 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const count = floats[at + 1 + bucket] ?? 0;
      if (count === 0) continue;
      counts[bucket] = (counts[bucket] ?? 0) + count;
      const exemplar = readExemplar(floats, exemplarAt(at, bucket));
      if (exemplar !== undefined && exemplar.atMs >= (exemplars[bucket]?.atMs ?? 0))
        exemplars[bucket] = exemplar;
    }
  }
  return { sumMs, counts, exemplars };
}

function readExemplar(floats: Float64Array, at: number): Exemplar | undefined {
  const atMs = floats[at + 1] ?? 0;
  if (atMs === 0) return undefined;
  const id = Buffer.from(floats.buffer, floats.byteOffset + (at + 2) * 8, idInts * 4);
  const words = Array.from({ length: idInts }, (_, word) => id.readUInt32LE(word * 4));
  const traceId = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const valueMs = floats[at] ?? 0;
  // Overwritten meanwhile: the next reading has it.
  return floats[at + 1] === atMs ? { valueMs, atMs, traceId } : undefined;
}

function exemplarAt(at: number, bucket: number): number {
  return at + 1 + bucketCount + bucket * exemplarFloats;
}

function bucketOf(ms: number): number {
  let bucket = 0;
  while (bucket < boundCount && ms > (bounds[bucket] ?? 0)) bucket++;
  return bucket;
}
