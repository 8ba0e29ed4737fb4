const traceIdBytes = 16;
const spanIdBytes = 8;
/** So many bytes are drawn at once: a draw costs as much as many ids. */
const poolBytes = 4096;

/** Draws the ids of traces and spans. Of the system's randomness: ids of several balancers must not meet. */
export class TraceIds {
  private readonly pool = Buffer.alloc(poolBytes);
  private used = poolBytes;

  /** `fill` as `crypto.getRandomValues`. */
  constructor(private readonly fill: (bytes: Uint8Array<ArrayBuffer>) => void) {}

  /** 32 hexadecimal digits. */
  trace(): string {
    return this.next(traceIdBytes);
  }

  /** 16 hexadecimal digits. */
  span(): string {
    return this.next(spanIdBytes);
  }

  private next(count: number): string {
    if (this.used + count > poolBytes) {
      this.fill(this.pool);
      this.used = 0;
    }
    const from = this.used;
    this.used += count;
    return this.pool.toString("hex", from, this.used);
  }
}

/** As parts of 2^52, exactly. */
const digits = 13;
const whole = 16 ** digits;

/**
 * Whether a trace of this id is among the share `ratio` that is sampled. By the id alone: whoever draws the line in the same
 * way takes the same traces.
 */
export function isInRatio(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-digits), 16) < ratio * whole;
}
