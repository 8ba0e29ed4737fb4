import { parseResponseHead, type ResponseHead } from "./response-head.ts";

/** Keeps a target's last head and what it means: its answers mostly differ in the date alone. */
export class HeadMemo {
  private text = "";
  private method = "";
  private head: ResponseHead | undefined;

  /** As {@link parseResponseHead}; for the same text the same object. */
  parse(text: string, method: string): ResponseHead | string {
    if (this.head !== undefined && text === this.text && method === this.method) return this.head;
    const head = parseResponseHead(text, method);
    if (typeof head === "string") return head;
    this.text = text;
    this.method = method;
    this.head = head;
    return head;
  }
}
