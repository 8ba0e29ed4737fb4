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
  /** A part of the content, without the transfer coding, in a range of `bytes`, which stay as they are. */
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

  /** Takes the next bytes. {@link leftover} holds what came after a complete or switched answer. */
  push(chunk: Buffer, listener: ResponseListener): Progress {
    this.bytesRead += chunk.length;
    this.leftover = undefined;
    this.listener = listener;
    if (this.head !== undefined) return this.readBody(this.head, chunk, 0);
    const bytes = this.partialHead === undefined ? chunk : Buffer.concat([this.partialHead, chunk]);
    let from = 0;
    for (;;) {
      const head = this.heads.recall(bytes, from, this.method) ?? this.newHead(bytes, from);
      if (typeof head === "string") return head;
      from += this.heads.length;
      if (head.status < 200 && head.status !== 101) {
        if (++this.interims > maxInterims) return this.fail(`over ${maxInterims} interim answers`);
        // 100 is no news: the edge has invited the body itself.
        if (head.status !== 100) listener.onInterim(head);
        continue;
      }
      this.head = head;
      this.remainingBytes = head.framing === "length" ? (head.contentLength ?? 0) : 0;
      if (head.framing === "chunked") this.chunked = new ChunkedBody(true);
      listener.onHead(head);
      return this.readBody(head, bytes, from);
    }
  }

  /** The connection is closed; a body without a length is complete by that, unless it was a reset. */
  closed(isReset = false): Progress {
    if (this.head?.framing === "close" && !isReset) return "complete";
    return this.fail(this.bytesRead > 0 ? "closed in the middle of an answer" : "closed before an answer");
  }

  /** The head that begins at `from`, kept among {@link heads}; or what to say of the answer instead. */
  private newHead(bytes: Buffer, from: number): ResponseHead | Progress {
    // Whoever speaks another protocol says nothing more: there is no use in waiting for the end of a head.
    if (isForeign(bytes, from)) {
      const found = bytes.toString("latin1", from, from + protocolName.length);
      return this.fail(`an answer that begins with ${JSON.stringify(found)}`);
    }
    const to = bytes.indexOf(headEnd, from);
    if (to < 0 && bytes.length - from <= maxHeadBytes) {
      if (bytes.includes(bareEnd, from + protocolName.length)) return this.fail(bareLineFeeds);
      this.partialHead = bytes.subarray(from);
      return "reading";
    }
    if (to < 0 || to - from > maxHeadBytes) return this.fail(`head of over ${maxHeadBytes} bytes`);
    const text = bytes.toString("latin1", from, to);
    if (text.includes(bareEnd)) return this.fail(bareLineFeeds);
    const head = parseResponseHead(text, this.method);
    if (typeof head === "string") return this.fail(head);
    this.heads.keep(bytes, from, to + headEnd.length, this.method, head);
    return head;
  }

  private readBody(head: ResponseHead, bytes: Buffer, from: number): Progress {
    const listener = this.listener;
    if (head.status === 101) {
      this.leftover = bytes.subarray(from);
      return "switched";
    }
    if (head.framing === "close") {
      if (from < bytes.length) listener?.onBody(bytes, from, bytes.length);
      return "reading";
    }
    let end = from;
    if (this.chunked !== undefined) {
      end = this.chunked.read(bytes, from, this.takeChunk);
      if (this.chunked.fault !== undefined) return this.fail(this.chunked.fault);
      if (!this.chunked.ended) return "reading";
      if (this.chunked.trailers !== undefined && !this.tellTrailers(this.chunked.trailers))
        return this.fail("trailer line that is no field");
    } else {
      end = Math.min(bytes.length, from + this.remainingBytes);
      this.remainingBytes -= end - from;
      if (end > from) listener?.onBody(bytes, from, end);
      if (this.remainingBytes > 0) return "reading";
    }
    if (end < bytes.length) this.leftover = bytes.subarray(end);
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

/** Whether what stands there can't be an answer, by its first bytes. */
function isForeign(bytes: Buffer, from: number): boolean {
  const to = from + protocolName.length;
  return bytes.length >= to && bytes.compare(protocolName, 0, protocolName.length, from, to) !== 0;
}
