import { fnv1a, spread } from "../text-hash.ts";
import { clientNetwork } from "./client-network.ts";

/** Two rows of counts: clients that share a place in one of them mostly don't in the other. */
const rowLength = 32_768;
const threadLength = 2 * rowLength;

/** Memory that all threads share. */
export function createCountsMemory(threadCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threadCount * threadLength * 4);
}

/**
 * How many connections each client's address has open, over all threads: a count-min sketch (Cormode and Muthukrishnan
 * 2005), whose memory is the same however many clients there are. It never counts too few; of some thousand clients a few in
 * a million share both places with another, and count together. Each thread writes its own part, so that what a dead thread
 * had open can be forgotten.
 */
export class ClientCounts {
  private readonly counts: Int32Array;
  private readonly ownAt: number;

  constructor(
    private readonly limit: number,
    memory: ArrayBufferLike = createCountsMemory(1),
    thread = 0,
  ) {
    this.counts = new Int32Array(memory);
    this.ownAt = thread * threadLength;
  }

  /** Counts a connection of the address; false, and it is not counted, when there are as many as there may be. */
  open(address: string): boolean {
    const [one, two] = placesOf(address);
    if (Math.min(this.sum(one), this.sum(two)) >= this.limit) return false;
    this.add(one, 1);
    this.add(two, 1);
    return true;
  }

  /** A connection that was counted has ended. */
  close(address: string): void {
    const [one, two] = placesOf(address);
    this.add(one, -1);
    this.add(two, -1);
  }

  /** Forgets what a thread that is no more had open. */
  closeAllOf(thread: number): void {
    this.counts.fill(0, thread * threadLength, (thread + 1) * threadLength);
  }

  private sum(place: number): number {
    let total = 0;
    for (let at = place; at < this.counts.length; at += threadLength) total += this.counts[at] ?? 0;
    return total;
  }

  private add(place: number, amount: number): void {
    this.counts[this.ownAt + place] = (this.counts[this.ownAt + place] ?? 0) + amount;
  }
}

/** In a thread's part. */
function placesOf(address: string): readonly [number, number] {
  const hash = fnv1a(clientNetwork(address));
  return [spread(hash) % rowLength, rowLength + (spread(~hash) % rowLength)];
}
