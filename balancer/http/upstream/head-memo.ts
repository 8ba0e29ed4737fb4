import { parseResponseHead, type ResponseHead } from "./response-head.ts";

/** Keeps a target's last head and what it means: its answers mostly differ in the date alone. */
export class HeadMemo {
  private bytes: Buffer = Buffer.alloc(0);
  private method = "";
  private head: ResponseHead | undefined;

  /** As {@link parseResponseHead} for the bytes of a buffer; for the same bytes the same object. */
  parse(buffer: Buffer, from: number, to: number, method: string): ResponseHead | string {
    const { bytes } = this;
    const isSame =
      method === this.method &&
      to - from === bytes.length &&
      buffer.compare(bytes, 0, bytes.length, from, to) === 0;
    if (isSame && this.head !== undefined) return this.head;
    const head = parseResponseHead(buffer.toString("latin1", from, to), method);
    if (typeof head === "string") return head;
    this.bytes = Buffer.from(buffer.subarray(from, to));
    this.method = method;
    this.head = head;
    return head;
  }
}
