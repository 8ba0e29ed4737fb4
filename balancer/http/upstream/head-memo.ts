import type { ResponseHead } from "../message/response-head.ts";

/** Keeps a target's last head and what it means: its answers mostly differ in the date alone. */
export class HeadMemo {
  /** With the empty line at its end, so that what begins with these bytes begins with this head. */
  private bytes: Buffer = Buffer.alloc(0);
  private method = "";
  private head: ResponseHead | undefined;

  /** Bytes of the head that was kept last. */
  get length(): number {
    return this.bytes.length;
  }

  /** The head that was kept, when the same bytes begin the range, which is of the answer to a request of the same method. */
  recall(buffer: Buffer, from: number, to: number, method: string): ResponseHead | undefined {
    const { bytes, head } = this;
    const end = from + bytes.length;
    if (head === undefined || method !== this.method || end > to) return undefined;
    return buffer.compare(bytes, 0, bytes.length, from, end) === 0 ? head : undefined;
  }

  /** Keeps a head in place of the last one; `bytes` need not stay. */
  keep(bytes: Buffer, method: string, head: ResponseHead): void {
    this.bytes = Buffer.from(bytes);
    this.method = method;
    this.head = head;
  }
}
