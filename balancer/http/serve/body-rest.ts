import type { ReadableStreamDefaultReader } from "node:stream/web";
import { Deadline, type Deadlines, type Expiring } from "../../transport/deadlines.ts";

/**
 * What is left of a request's body when its answer is there already: read and thrown away. `Bun.serve` resets an
 * HTTP/2 stream that is answered before its request is whole, which RFC 9113 §8.1 allows; but clients that are
 * still sending, curl 7.88 for one, take the reset for the request's failure and never look at the answer.
 */
export class BodyRest implements Expiring {
  readonly deadline = new Deadline();
  /** Settled when all has come, nothing more will, or it takes too long. */
  readonly over: Promise<void>;
  private readonly resolve: () => void;

  constructor(
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    deadlines: Deadlines,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.resolve = resolve;
    deadlines.add(this);
    void this.read();
  }

  expire(): void {
    this.reader.cancel().catch(() => {});
    this.resolve();
  }

  private async read(): Promise<void> {
    try {
      while (!(await this.reader.read()).done);
    } catch {
      // The client has gone: nobody waits for the answer.
    }
    this.deadline.cancel(this);
    this.resolve();
  }
}
