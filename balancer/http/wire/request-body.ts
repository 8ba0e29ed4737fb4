import { ByteBuffer } from "../../byte-buffer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { BodySource } from "../exchange/forward-request.ts";
import { type Refusal, tooLarge } from "../exchange/refusals.ts";
import { ChunkedBody } from "../message/chunked-body.ts";
import type { BodyLength } from "../message/request-head.ts";
import { readField } from "../message/response-head.ts";
import { writeLastChunk } from "./trailers.ts";

/** What a body needs of its connection. */
export interface BodyReader {
  /** The body takes more again; what was held back comes now. */
  resumeBody(): void;
  /** The exchange is about to ask for the body. */
  inviteBody(): void;
}

/** Of a body that nobody wants so much is read over, so that the connection can be used again. */
const maxDiscardBytes = 1_048_576;

/** Where each portion of a chunked body is put in chunks again. */
const framed = new ByteBuffer(65_536);

/**
 * The body of a request as it comes from the client, read strictly, and sent to the target with the same length or in
 * chunks of its own. Waits until an exchange asks for it.
 */
export class RequestBody implements BodySource {
  /** It can't be read to its end. */
  isBroken = false;
  private readonly chunked: ChunkedBody | undefined;
  private remainingBytes: number;
  private contentBytes = 0;
  private exchange: Exchange | undefined;
  private isWaiting = true;
  private isDiscarded = false;
  private refusal: Refusal | undefined;

  constructor(
    length: BodyLength,
    private readonly maxBytes: number,
    private readonly reader: BodyReader,
  ) {
    this.chunked = length === "chunked" ? new ChunkedBody() : undefined;
    this.remainingBytes = typeof length === "number" ? length : 0;
  }

  get isWhole(): boolean {
    return this.chunked === undefined ? this.remainingBytes === 0 : this.chunked.ended;
  }

  /** No more can be taken now: nobody has asked for it yet, or the target is slower. */
  get isBlocked(): boolean {
    return this.isWaiting && !this.isDiscarded;
  }

  /** Whether the rest is short enough to be read over when nobody wants it. */
  get isDiscardable(): boolean {
    return !this.isBroken && this.remainingBytes <= maxDiscardBytes;
  }

  start(exchange: Exchange): void {
    this.exchange = exchange;
    this.isWaiting = false;
    this.reader.inviteBody();
    this.reader.resumeBody();
  }

  resume(): void {
    if (!this.isWaiting || this.exchange === undefined) return;
    this.isWaiting = false;
    this.reader.resumeBody();
  }

  cancel(): void {
    this.exchange = undefined;
    this.isDiscarded = true;
    this.contentBytes = 0;
    this.reader.resumeBody();
  }

  /** Takes what of `bytes` from `from` on is of the body, and tells the exchange; returns where it ends. */
  take(bytes: Uint8Array, from: number): number {
    const end =
      this.chunked === undefined ? this.takeCounted(bytes, from) : this.takeChunks(this.chunked, bytes, from);
    if (this.refusal !== undefined) {
      this.breakOff(this.refusal);
    } else if (this.isWhole) {
      const { exchange } = this;
      this.exchange = undefined;
      exchange?.endBody();
    }
    return end;
  }

  /** The client takes too long, or has gone. */
  breakOff(refusal: Refusal): void {
    this.isBroken = true;
    const { exchange } = this;
    this.exchange = undefined;
    exchange?.breakBody(refusal);
  }

  private takeCounted(bytes: Uint8Array, from: number): number {
    const end = Math.min(bytes.length, from + this.remainingBytes);
    this.remainingBytes -= end - from;
    if (end > from) this.send(bytes.subarray(from, end));
    return end;
  }

  private takeChunks(chunked: ChunkedBody, bytes: Uint8Array, from: number): number {
    framed.clear();
    const end = chunked.read(bytes, from, this.takeChunk);
    if (chunked.fault !== undefined) {
      this.refusal = { status: 400, reason: chunked.fault, cause: "request_body" };
    } else if (this.isDiscarded) {
      if (this.contentBytes > maxDiscardBytes) this.refusal = tooLarge(maxDiscardBytes);
    } else if (this.contentBytes > this.maxBytes) {
      this.refusal = tooLarge(this.maxBytes);
    } else if (chunked.ended) {
      this.endChunks(chunked);
    }
    // What came before the fault is as much a part of the broken request as the fault itself.
    if (this.refusal === undefined && framed.length > 0) this.send(framed.copy());
    return end;
  }

  private readonly takeChunk = (bytes: Uint8Array, from: number, to: number): void => {
    this.contentBytes += to - from;
    if (this.exchange === undefined) return;
    framed.hexadecimal(to - from);
    framed.latin1("\r\n");
    framed.appendRange(bytes, from, to);
    framed.latin1("\r\n");
  };

  private endChunks(chunked: ChunkedBody): void {
    const fields: string[] = [];
    for (const line of chunked.trailers ?? []) {
      if (!readField(line, fields)) this.refusal = badTrailer;
    }
    if (this.exchange !== undefined) writeLastChunk(framed, fields);
  }

  private send(bytes: Uint8Array): void {
    if (this.exchange !== undefined && !this.exchange.sendBody(bytes)) this.isWaiting = true;
  }
}

const badTrailer: Refusal = {
  status: 400,
  reason: "a trailer line that is no field",
  cause: "request_body",
};
