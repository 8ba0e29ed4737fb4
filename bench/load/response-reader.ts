import { ChunkedBody } from "../../balancer/http/message/chunked-body.ts";
import { type Method, parseResponseHead, type ResponseHead } from "./response-head.ts";

const maxHeadBytes = 65_536;
/** Bodies are counted whole, but only this much is kept: enough for a backend's JSON reply. */
const maxKeptBytes = 65_536;
const none: Buffer = Buffer.alloc(0);
const headEnd = Buffer.from("\r\n\r\n");

/** `invalid`: what came is no HTTP/1.1 response, see {@link ResponseReader.fault}. */
export type Progress = "reading" | "complete" | "invalid";

/**
 * Reads one HTTP/1.1 response after another from a connection, in whatever portions it arrives.
 * Interim (1xx) responses are skipped.
 */
export class ResponseReader {
  /** Of the final response, once it has been read. */
  head: ResponseHead | undefined;
  fault: string | undefined;
  /** Any byte since {@link begin}, be it of an interim response. */
  started = false;
  /** Bytes that came after the end of the response. */
  excessBytes = 0;
  bodyBytes = 0;
  /** The body's first 64 KiB. */
  body: Buffer = none;
  private method: Method = "GET";
  private partialHead: Buffer = none;
  private chunked: ChunkedBody | undefined;

  /** Must be called before each response. */
  begin(method: Method): void {
    this.method = method;
    this.head = undefined;
    this.fault = undefined;
    this.started = false;
    this.excessBytes = 0;
    this.bodyBytes = 0;
    this.partialHead = none;
    this.body = none;
    this.chunked = undefined;
  }

  push(chunk: Buffer): Progress {
    this.started ||= chunk.length > 0;
    if (this.head !== undefined) return this.readBody(this.head, chunk, 0);
    const bytes = this.partialHead.length === 0 ? chunk : Buffer.concat([this.partialHead, chunk]);
    let from = 0;
    while (true) {
      const to = bytes.indexOf(headEnd, from);
      if (to < 0) {
        if (bytes.length - from > maxHeadBytes) return this.fail(`head of over ${maxHeadBytes} bytes`);
        this.partialHead = bytes.subarray(from);
        return "reading";
      }
      const head = parseResponseHead(bytes.toString("latin1", from, to), this.method);
      if (typeof head === "string") return this.fail(head);
      from = to + headEnd.length;
      if (head.status === 101) return this.fail("101 to a request that asked for no upgrade");
      if (head.status < 200) continue;
      this.head = head;
      if (head.framing === "chunked") this.chunked = new ChunkedBody();
      return this.readBody(head, bytes, from);
    }
  }

  /** The peer has closed its side; a close-delimited body is complete by that. */
  close(): Progress {
    if (this.head?.framing === "close") return "complete";
    return this.fail(this.started ? "closed in the middle of a response" : "closed before a response");
  }

  private readBody(head: ResponseHead, bytes: Buffer, from: number): Progress {
    if (head.framing === "close") {
      this.keep(bytes, from, bytes.length);
      return "reading";
    }
    if (this.chunked === undefined) {
      const to = Math.min(bytes.length, from + head.contentLength - this.bodyBytes);
      this.keep(bytes, from, to);
      this.excessBytes += bytes.length - to;
      return this.bodyBytes === head.contentLength ? "complete" : "reading";
    }
    const to = this.chunked.read(bytes, from, (_bytes, start, end) => this.keep(bytes, start, end));
    if (this.chunked.fault !== undefined) return this.fail(this.chunked.fault);
    this.excessBytes += bytes.length - to;
    return this.chunked.ended ? "complete" : "reading";
  }

  private keep(bytes: Buffer, from: number, to: number): void {
    this.bodyBytes += to - from;
    const room = maxKeptBytes - this.body.length;
    if (room <= 0 || to === from) return;
    const part = bytes.subarray(from, Math.min(to, from + room));
    this.body = this.body.length === 0 ? part : Buffer.concat([this.body, part]);
  }

  private fail(fault: string): Progress {
    this.fault = fault;
    return "invalid";
  }
}
