import fc from "fast-check";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { mutate } from "./mutate.ts";
import type { FuzzedReader } from "./reader.ts";

/** An input that a reader does wrong on. */
export interface Failure {
  readonly reader: string;
  readonly seed: number;
  /** Which input of that seed. */
  readonly index: number;
  readonly input: Buffer;
  readonly fault: string;
}

/** So many structured inputs are drawn at a time; drawing them one by one would take longer than reading them. */
const batchSize = 256;
/** One input in so many is a structured one. */
const structuredEvery = 4;

/** Every input of one seed, in order: the same seed gives the same ones, from wherever one begins. */
export class Inputs {
  private batch: readonly string[] = [];
  private batchNumber = -1;

  constructor(
    private readonly reader: FuzzedReader,
    private readonly seed: number,
  ) {}

  at(index: number): Buffer {
    if (index % structuredEvery !== 0) return mutate(this.reader, seededRandom(mixed(this.seed, index)));
    const number = Math.floor(index / structuredEvery);
    const batchNumber = Math.floor(number / batchSize);
    if (batchNumber !== this.batchNumber) {
      const seed = mixed(this.seed, batchNumber) | 0;
      this.batch = fc.sample(this.reader.structured, { numRuns: batchSize, seed });
      this.batchNumber = batchNumber;
    }
    return Buffer.from(this.batch[number % batchSize] ?? "", "latin1");
  }
}

/** Feeds a reader the inputs from `from` up to `to`; `onIndex` is told of each before it is read. */
export function fuzz(
  reader: FuzzedReader,
  seed: number,
  from: number,
  to: number,
  onIndex: (index: number) => void = () => {},
): Failure | undefined {
  const inputs = new Inputs(reader, seed);
  for (let index = from; index < to; index++) {
    onIndex(index);
    const input = inputs.at(index);
    try {
      reader.check(input, seededRandom(mixed(seed, index + 0x5bd1e995)));
    } catch (error) {
      const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { reader: reader.name, seed, index, input, fault };
    }
  }
  return undefined;
}

/** Seeds that have nothing to do with each other. */
function mixed(seed: number, index: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
}
