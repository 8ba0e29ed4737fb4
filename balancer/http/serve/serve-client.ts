import type { Target } from "../../cluster/target.ts";
import type { RefusalReason } from "../../observe/refusal-reason.ts";
import { Deadline, type Expiring } from "../../transport/deadlines.ts";
import { toKeep } from "../../transport/received.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ClientSide } from "../exchange/client-side.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Refusal } from "../exchange/refusals.ts";
import { fieldValue, type ResponseHead } from "../message/response-head.ts";
import { acceptOf, ownAnswerFields } from "../websocket/handshake.ts";
import { Tunnel } from "../websocket/tunnel.ts";
import { closing, ownAnswer, refusalAnswer, wholeAnswer } from "./answer.ts";
import type { ServeContext } from "./serve-context.ts";
import type { ServeRequest } from "./serve-request.ts";

/**
 * Content of a known length up to this is gathered and sent in one piece with its Content-Length.
 * Anything longer is streamed, and `Bun.serve` sends streams in chunks (oven-sh/bun#10507).
 */
const gatherBytes = 65_536;

/** Content read ahead of a slow client, besides what the sockets hold. */
const streamBufferBytes = 262_144;

/** The client of one request at the serve edge: turns an exchange's answer into a `Response`. */
export class ServeClient implements ClientSide, EventListenerObject, Expiring {
  readonly deadline = new Deadline();
  private exchange: Exchange | undefined;
  private head: ResponseHead | undefined;
  private headers: Headers | undefined;
  private content: Uint8Array | undefined;
  private contentBytes = 0;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private isPaused = false;
  private isOver = false;
  private isTunnel = false;

  constructor(
    private readonly context: ServeContext,
    private readonly served: ServeRequest,
    private readonly resolve: (response: Response | undefined) => void,
  ) {}

  /**
   * Sends the request on its way by `exchange`. Watching for the client to leave costs as much as all other
   * bookkeeping of a request, so the quick ones, whose answer is too early for that to matter, go without.
   */
  follow(exchange: Exchange): void {
    this.exchange = exchange;
    exchange.trace = this.context.recorder.trace(this.served);
    exchange.start();
    if (!this.isOver) this.context.watchDeadlines.add(this, exchange.startedAtMs);
  }

  /** The answer takes long enough to watch for the client to leave, or the client takes too long for it. */
  expire(): void {
    if (this.isPaused) {
      this.cutOff();
      return;
    }
    this.served.awaitAnswer();
    const { signal } = this.served.request;
    if (signal.aborted) this.leave();
    else signal.addEventListener("abort", this);
  }

  /** `Bun.serve` sends none. */
  interim(): void {}

  begin(head: ResponseHead, target: Target): void {
    this.head = head;
    this.headers = this.withSession(this.context.headersOf(head, target));
    if (head.framing === "none" || (head.framing === "length" && (head.contentLength ?? 0) <= gatherBytes))
      return;
    const strategy = { highWaterMark: streamBufferBytes, size: byteLength };
    this.answer(
      new Response(new ReadableStream(this, strategy), { status: head.status, headers: this.headers }),
    );
  }

  write(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.isOver) return false;
    if (this.controller === undefined) {
      this.gather(bytes.subarray(from, to));
      return true;
    }
    this.controller.enqueue(toKeep(bytes, from, to));
    this.isPaused = (this.controller.desiredSize ?? 0) <= 0;
    if (!this.isPaused) return true;
    // From here on writeTimeout counts, not Bun's idle timeout.
    this.served.awaitAnswer();
    this.context.writeDeadlines.add(this);
    return false;
  }

  /** Streams flush by themselves. */
  flush(): void {}

  /** `Bun.serve` sends none. */
  trailers(): void {}

  end(): void {
    if (this.isOver) return;
    if (this.controller !== undefined) this.close();
    else if (this.head !== undefined && this.headers !== undefined) {
      this.answer(wholeAnswer(this.served.method, this.head, this.headers, this.content));
    }
    this.over(this.head?.status ?? 0);
  }

  breakOff(): void {
    if (this.isOver) return;
    // Before anything was sent, there is still a better answer than a broken one.
    if (this.controller === undefined) {
      this.refuse({ status: 502, reason: "the target broke off its answer", cause: "reset" });
      return;
    }
    // Without a reason: Bun prints one to stderr. The client sees its connection closed early.
    this.controller.error();
    this.over(this.head?.status ?? 502);
  }

  refuse(refusal: Refusal): void {
    if (this.isOver) return;
    this.answer(refusalAnswer(refusal));
    this.over(refusal.status, refusal.cause);
  }

  switchTo(head: ResponseHead, socket: StreamSocket, leftover: Uint8Array | undefined): boolean {
    const { request, server, webSocketKey } = this.served;
    if (this.isOver || webSocketKey === undefined) return false;
    if (fieldValue(head.fields, "sec-websocket-accept") !== acceptOf(webSocketKey)) return false;
    const tunnel = new Tunnel(socket, leftover, () => {
      this.exchange?.endTunnel();
      this.over(101);
    });
    const target = this.exchange?.target;
    const headers = new Headers(
      target === undefined ? [] : this.withSession(this.context.headersOf(head, target)),
    );
    for (const name of ownAnswerFields) headers.delete(name);
    // From here on the tunnel tells when the client leaves; the request itself counts as aborted.
    this.isTunnel = true;
    this.deadline.cancel(this);
    if (server.upgrade(request, { data: { tunnel }, headers })) {
      this.resolve(undefined);
    } else {
      this.resolve(ownAnswer(400, "no valid WebSocket handshake"));
      tunnel.close();
    }
    return true;
  }

  /** The stream has begun. */
  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.controller = controller;
  }

  /** The client has taken what the stream held. */
  pull(): void {
    if (!this.isPaused || this.isOver) return;
    this.isPaused = false;
    this.context.watchDeadlines.add(this);
    this.exchange?.resume();
  }

  /** The client left while the answer was streamed. */
  cancel(): void {
    this.leave();
    this.controller = undefined;
  }

  /** The request's `abort`: the client left. */
  handleEvent(): void {
    this.leave();
  }

  /** With the cookie of a session that begins; `headers` are other answers' too. */
  private withSession(headers: Headers): Headers {
    const setCookie = this.exchange?.newSession;
    if (setCookie === undefined) return headers;
    const own = new Headers(headers);
    own.append("set-cookie", setCookie);
    return own;
  }

  private answer(response: Response): void {
    const { resolve } = this;
    const whole = this.context.isDraining ? closing(response) : response;
    const rest = this.served.body?.rest;
    if (rest === undefined) resolve(whole);
    else void rest.then(() => resolve(whole));
  }

  /** Ends the answer's stream. */
  private close(): void {
    const rest = this.served.body?.rest;
    if (rest === undefined) this.controller?.close();
    else void rest.then(() => this.controller?.close());
  }

  private leave(): void {
    if (this.isOver || this.isTunnel) return;
    const isBegun = this.controller !== undefined;
    this.over(499);
    this.exchange?.cancel();
    if (!isBegun) this.resolve(ownAnswer(503, "the client left"));
  }

  private cutOff(): void {
    this.controller?.error();
    this.leave();
  }

  private gather(bytes: Uint8Array): void {
    this.content ??= new Uint8Array(this.head?.contentLength ?? 0);
    this.content.set(bytes, this.contentBytes);
    this.contentBytes += bytes.length;
  }

  private over(status: number, reason?: RefusalReason): void {
    this.isOver = true;
    this.deadline.cancel(this);
    this.served.end();
    if (this.exchange !== undefined)
      this.context.recorder.record(this.served, status, this.exchange, undefined, reason);
  }
}

const byteLength = (bytes: Uint8Array | undefined) => bytes?.byteLength ?? 0;
