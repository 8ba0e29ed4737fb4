import type { ReadableStreamDefaultReader, ReadableStreamReadResult } from "node:stream/web";
import { Deadline, type Deadlines, type Expiring } from "../../transport/deadlines.ts";
import type { BodyPace } from "../body-pace.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { BodySource } from "../exchange/forward-request.ts";
import { type Refusal, tooLarge } from "../exchange/refusals.ts";
import { BodyRest } from "./body-rest.ts";
import type { ServeRequest } from "./serve-request.ts";

/** A request body that `Bun.serve` hands on as it comes, at the target's pace. */
export class BodyStream implements BodySource, Expiring {
  readonly deadline = new Deadline();
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private exchange: Exchange | undefined;
  private isReading = false;
  private isWaiting = false;
  private bytes = 0;
  private dropped: BodyRest | undefined;

  constructor(
    private readonly stream: ReadableStream<Uint8Array>,
    /** The length is not known: send it in chunks (RFC 9112 §7.1). */
    private readonly isChunked: boolean,
    private readonly served: ServeRequest,
    private readonly deadlines: Deadlines,
    private readonly pace: BodyPace,
    private readonly maxBytes: number,
    /** For what is left when the answer is there already; undefined where that may be cut off. */
    private readonly restDeadlines: Deadlines | undefined,
  ) {}

  /** The answer's end has to wait for this; undefined when it need not. */
  get rest(): Promise<void> | undefined {
    return this.dropped?.over;
  }

  start(exchange: Exchange): void {
    this.exchange = exchange;
    this.reader = this.stream.getReader();
    this.read();
  }

  resume(): void {
    if (!this.isReading) this.read();
  }

  cancel(): void {
    this.exchange = undefined;
    this.deadline.cancel(this);
    if (this.restDeadlines !== undefined) {
      this.dropped ??= new BodyRest(this.reader ?? this.stream.getReader(), this.restDeadlines);
      return;
    }
    // What is left of the body is of no use to anyone; a stream that is broken already stays so.
    (this.reader ?? this.stream).cancel(undefined).catch(() => {});
  }

  /** The client takes too long. */
  expire(): void {
    this.refuse({ status: 408, reason: "the request did not come in time", cause: "too_slow" });
  }

  private refuse(refusal: Refusal): void {
    const { exchange } = this;
    this.cancel();
    exchange?.breakBody(refusal);
  }

  private read(): void {
    if (this.reader === undefined || this.exchange === undefined) return;
    this.isReading = true;
    this.wait(true);
    this.reader.read().then(this.onPart, this.onBroken);
  }

  private readonly onPart = (part: ReadableStreamReadResult<Uint8Array>): void => {
    this.isReading = false;
    const exchange = this.exchange;
    if (exchange === undefined) return;
    if (part.done) {
      this.wait(false);
      this.exchange = undefined;
      if (this.isChunked) exchange.sendBody("0\r\n\r\n");
      exchange.endBody();
      return;
    }
    const bytes = part.value;
    this.bytes += bytes?.length ?? 0;
    if (this.bytes > this.maxBytes) {
      this.refuse(tooLarge(this.maxBytes));
      return;
    }
    if (this.pace.isTooSlow(bytes?.length ?? 0)) {
      this.expire();
      return;
    }
    // An empty chunk would end a chunked body.
    if (bytes === undefined || bytes.length === 0 || exchange.sendBody(this.framed(bytes))) this.read();
    else this.wait(false);
  };

  private readonly onBroken = (): void => {
    this.isReading = false;
    this.deadline.cancel(this);
    this.exchange?.breakBody({ status: 400, reason: "the request's body broke off", cause: "request_body" });
  };

  private wait(isWaiting: boolean): void {
    if (isWaiting) {
      this.deadlines.add(this);
      this.pace.begin();
    } else {
      this.deadline.cancel(this);
      this.pace.pause();
    }
    if (this.isWaiting === isWaiting) return;
    this.isWaiting = isWaiting;
    // It ends when the body is whole, or while the target is slower.
    this.served.awaitClient(isWaiting);
  }

  private framed(bytes: Uint8Array): Uint8Array {
    if (!this.isChunked) return bytes;
    return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
  }
}
