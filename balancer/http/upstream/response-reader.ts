import { toKeep } from "../../transport/received.ts";
import { ChunkedBody } from "../message/chunked-body.ts";
import { parseResponseHead, type ResponseHead, readField } from "../message/response-head.ts";
import { HeadMemo } from "./head-memo.ts";

const maxHeadBytes = 65_536;
/** Of interim answers before one answer; each is sent on, whether its client takes it or not. */
const maxInterims = 100;
const headEnd = Buffer.from("\r\n\r\n");
const protocolName = Buffer.from("HTTP");
/** How a head ends whose lines do not end as they should: no other end will come. */
const bareEnd = "\n\n";
const bareLineFeeds = "a head of bare line feeds";

/** Who is told of an answer while it is read; called in this order. */
export interface ResponseListener {
  /** An interim answer other than 100 and 101 (RFC 9110 §15.2); any number of them come before the head. */
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /**
   * A part of the content, without the transfer coding, in a range of `bytes`, which stand only until it returns: see
   * {@link toKeep}.
   */
  onBody(bytes: Uint8Array, from: number, to: number): void;
  /** Names in lower case and values in turn of the trailer section, when there are any; the body is whole. */
  onTrailers(fields: readonly string[]): void;
}

/** `switched`: the target has answered 101; what follows is no HTTP. `invalid`: see {@link ResponseReader.fault}. */
export type Progress = "reading" | "complete" | "switched" | "invalid";

/** Reads one HTTP/1.1 response after another from a connection, in whatever portions it arrives. */
export class ResponseReader {
  /** What is wrong with what came; undefined while nothing is. */
  fault: string | undefined;
  /** What came after the end of the answer, in the same portion. */
  leftover: Buffer | undefined;
  /** Bytes since {@link begin}, be they of an interim response. */
  bytesRead = 0;
  private method = "GET";
  private head: ResponseHead | undefined;
  private partialHead: Buffer | undefined;
  private remainingBytes = 0;
  private interims = 0;
  private chunked: ChunkedBody | undefined;
  private listener: ResponseListener | undefined;
  private readonly takeChunk = (bytes: Uint8Array, from: number, to: number) =>
    this.listener?.onBody(bytes, from, to);

  constructor(private readonly heads = new HeadMemo()) {}

  /** Must be called before each response. */
  begin(method: string): void {
    this.method = method;
    this.head = undefined;
    this.partialHead = undefined;
    this.fault = undefined;
    this.bytesRead = 0;
    this.interims = 0;
    this.chunked = undefined;
  }

  /**
   * Takes the next bytes of a range, which need not stay. {@link leftover} holds what came after a complete or switched
   * answer.
   */
  push(bytes: Buffer, listener: ResponseListener, from = 0, to = bytes.length): Progress {
    this.bytesRead += to - from;
    this.leftover = undefined;
    this.listener = listener;
    if (this.head !== undefined) return this.readBody(this.head, bytes, from, to);
    if (this.partialHead === undefined) return this.readHeads(bytes, from, to);
    const whole = Buffer.concat([this.partialHead, bytes.subarray(from, to)]);
    return this.readHeads(whole, 0, whole.length);
  }

  /** The connection is closed; a body without a length is complete by that, unless it was a reset. */
  closed(isReset = false): Progress {
    if (this.head?.framing === "close" && !isReset) return "complete";
    return this.fail(this.bytesRead > 0 ? "closed in the middle of an answer" : "closed before an answer");
  }

  /** Reads interim answers, then the head of the answer and what of its body has come. */
  private readHeads(bytes: Buffer, start: number, to: number): Progress {
    let from = start;
    for (;;) {
      const head = this.heads.recall(bytes, from, to, this.method) ?? this.newHead(bytes, from, to);
      if (typeof head === "string") return head;
      from += this.heads.length;
      if (head.status < 200 && head.status !== 101) {
        if (++this.interims > maxInterims) return this.fail(`over ${maxInterims} interim answers`);
        // 100 is no news: the edge has invited the body itself.
        if (head.status !== 100) this.listener?.onInterim(head);
        continue;
      }
      this.head = head;
      this.remainingBytes = head.framing === "length" ? (head.contentLength ?? 0) : 0;
      if (head.framing === "chunked") this.chunked = new ChunkedBody(true);
      this.listener?.onHead(head);
      return this.readBody(head, bytes, from, to);
    }
  }

  /** The head that begins the range, kept among {@link heads}; or what to say of the answer instead. */
  private newHead(buffer: Buffer, start: number, end: number): ResponseHead | Progress {
    const bytes = buffer.subarray(start, end);
    // Whoever speaks another protocol says nothing more: there is no use in waiting for the end of a head.
    if (isForeign(bytes)) {
      const found = bytes.toString("latin1", 0, protocolName.length);
      return this.fail(`an answer that begins with ${JSON.stringify(found)}`);
    }
    const to = bytes.indexOf(headEnd);
    if (to < 0 && bytes.length <= maxHeadBytes) {
      if (bytes.includes(bareEnd, protocolName.length)) return this.fail(bareLineFeeds);
      this.partialHead = toKeep(buffer, start, end);
      return "reading";
    }
    if (to < 0 || to > maxHeadBytes) return this.fail(`head of over ${maxHeadBytes} bytes`);
    const text = bytes.toString("latin1", 0, to);
    if (text.includes(bareEnd)) return this.fail(bareLineFeeds);
    const head = parseResponseHead(text, this.method);
    if (typeof head === "string") return this.fail(head);
    this.heads.keep(bytes.subarray(0, to + headEnd.length), this.method, head);
    return head;
  }

  private readBody(head: ResponseHead, bytes: Buffer, from: number, to: number): Progress {
    const { listener } = this;
    if (head.status === 101) {
      this.leftover = toKeep(bytes, from, to);
      return "switched";
    }
    if (head.framing === "close") {
      if (from < to) listener?.onBody(bytes, from, to);
      return "reading";
    }
    let end = from;
    if (this.chunked !== undefined) {
      end = this.chunked.read(bytes, from, this.takeChunk, to);
      if (this.chunked.fault !== undefined) return this.fail(this.chunked.fault);
      if (!this.chunked.ended) return "reading";
      if (this.chunked.trailers !== undefined && !this.tellTrailers(this.chunked.trailers))
        return this.fail("trailer line that is no field");
    } else {
      end = Math.min(to, from + this.remainingBytes);
      this.remainingBytes -= end - from;
      if (end > from) listener?.onBody(bytes, from, end);
      if (this.remainingBytes > 0) return "reading";
    }
    if (end < to) this.leftover = toKeep(bytes, end, to);
    return "complete";
  }

  private tellTrailers(lines: readonly string[]): boolean {
    const fields: string[] = [];
    for (const line of lines) if (!readField(line, fields)) return false;
    this.listener?.onTrailers(fields);
    return true;
  }

  private fail(fault: string): Progress {
    this.fault = fault;
    return "invalid";
  }
}

/** Whether it can't be an answer, by its first bytes. */
function isForeign(bytes: Buffer): boolean {
  const { length } = protocolName;
  return bytes.length >= length && bytes.compare(protocolName, 0, length, 0, length) !== 0;
}
