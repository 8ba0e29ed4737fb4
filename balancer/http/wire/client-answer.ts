import type { Target } from "../../cluster/target.ts";
import type { RefusalReason } from "../../observe/refusal-reason.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ClientSide } from "../exchange/client-side.ts";
import { Exchange } from "../exchange/exchange.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { Refusal } from "../exchange/refusals.ts";
import { isNamedIn } from "../message/fields.ts";
import { fieldValue, type ResponseHead } from "../message/response-head.ts";
import {
  type ClientFraming,
  clientFraming,
  connectionOption,
  writeAnswerHead,
  writeInterimHead,
  writeSwitchingHead,
} from "./answer-head.ts";
import type { ClientOutput } from "./client-output.ts";
import { type OwnAnswer, ownAnswer, writeOwnAnswer } from "./own-answer.ts";
import type { Forwarding, PreparedRequest } from "./prepared-request.ts";
import { writeLastChunk } from "./trailers.ts";
import type { WireContext } from "./wire-context.ts";

/** What an answer needs of the connection that it goes over. */
export interface AnswerConnection {
  readonly output: ClientOutput;
  /** Whether the connection may be kept after the answer that begins now. */
  mayKeep(): boolean;
  /** The whole answer was appended to the output; `keep` as the client was told. */
  answered(keep: boolean, nowMs: number): void;
  /** The client is slower; it has some time to take more. */
  awaitClient(): void;
  /** The client must notice that something is missing. */
  breakOff(framing: ClientFraming): void;
  /** The connection is the tunnel's from now on. */
  openTunnel(target: StreamSocket, early: Uint8Array | undefined, onClosed: () => void): void;
}

/** The answers to one client, one after the other: turns what an exchange tells into bytes. */
export class ClientAnswer implements ClientSide {
  private request: PreparedRequest | undefined;
  /** The present one. */
  private exchange: Exchange | undefined;
  /** To be used again. */
  private last: Exchange | undefined;
  private status = 0;
  private framing: ClientFraming = "none";
  private keep = true;
  private isBlocked = false;
  private trailerFields: readonly string[] | undefined;

  constructor(
    private readonly context: WireContext,
    private readonly connection: AnswerConnection,
  ) {}

  /** Answers a request that no target is asked for. */
  answerOwn(request: PreparedRequest, answer: OwnAnswer, isLogged: boolean): void {
    this.request = request;
    this.exchange = undefined;
    this.writeOwn(answer);
    this.over(isLogged ? answer.status : undefined);
  }

  /** Begins the exchange whose answer this becomes. */
  forward(
    request: PreparedRequest,
    { service, mirror, mirrorKey }: Forwarding,
    forward: ForwardRequest,
  ): void {
    this.request = request;
    this.status = 0;
    this.isBlocked = false;
    this.trailerFields = undefined;
    if (this.last === undefined) this.last = new Exchange(service, forward, this);
    else this.last.reuse(service, forward);
    this.exchange = this.last;
    this.last.trace = this.context.rules.recorder.trace(request);
    this.last.start();
    mirror?.offer(forward, mirrorKey, this.last.trace);
  }

  /** The client has taken all that was sent. */
  drained(): void {
    if (!this.isBlocked) return;
    this.isBlocked = false;
    this.exchange?.resume();
  }

  /** The client is gone in the middle of an answer, or before. */
  leave(): void {
    const { exchange } = this;
    if (this.request === undefined || exchange === undefined) return;
    this.record(499);
    this.request = undefined;
    this.exchange = undefined;
    exchange.cancel();
  }

  interim(head: ResponseHead): void {
    if (this.request?.isVersion11 === true) writeInterimHead(this.connection.output.buffer, head);
  }

  begin(head: ResponseHead, target: Target): void {
    const { request, context, connection } = this;
    if (request === undefined) return;
    const framing = clientFraming(head, request.isVersion11);
    this.status = head.status;
    this.framing = framing;
    this.keep = connection.mayKeep() && framing !== "close";
    const { answerHeads } = context.rules;
    const option = connectionOption(this.keep, request.isVersion11);
    const out = connection.output.buffer;
    const setCookie = this.exchange?.newSession;
    if (setCookie === undefined) out.append(answerHeads.bytes(head, target, framing, option));
    else writeAnswerHead(out, head, framing, { targetId: answerHeads.exposed(target), setCookie }, option);
  }

  write(bytes: Uint8Array, from: number, to: number): boolean {
    const { output } = this.connection;
    if (this.request === undefined) return false;
    if (this.framing === "chunked") {
      output.buffer.hexadecimal(to - from);
      output.buffer.latin1("\r\n");
      output.write(bytes, from, to);
      output.buffer.latin1("\r\n");
    } else {
      output.write(bytes, from, to);
    }
    this.isBlocked = output.isBlocked;
    if (this.isBlocked) this.connection.awaitClient();
    return !this.isBlocked;
  }

  flush(): void {
    this.connection.output.flush();
  }

  trailers(fields: readonly string[]): void {
    this.trailerFields = fields;
  }

  end(nowMs: number): void {
    if (this.request === undefined) return;
    if (this.framing === "chunked") writeLastChunk(this.connection.output.buffer, this.trailerFields);
    this.over(this.status, nowMs);
  }

  breakOff(): void {
    if (this.request === undefined) return;
    this.record(this.status);
    this.request = undefined;
    this.exchange = undefined;
    this.connection.breakOff(this.framing);
  }

  refuse({ status, reason, cause, retryAfterSeconds }: Refusal): void {
    if (this.request === undefined) return;
    this.writeOwn(ownAnswer(status, reason, retryAfterSeconds));
    this.over(status, undefined, cause);
  }

  switchTo(head: ResponseHead, socket: StreamSocket, leftover: Uint8Array | undefined): boolean {
    const { request, exchange, connection } = this;
    const offered = request?.forwarding?.upgrade;
    const chosen = fieldValue(head.fields, "upgrade");
    if (exchange === undefined || offered === undefined || chosen === undefined) return false;
    if (!chosen.split(",").every((protocol) => isNamedIn(offered, protocol.trim().toLowerCase())))
      return false;
    const { target, newSession: setCookie } = exchange;
    const targetId = target === undefined ? undefined : this.context.rules.answerHeads.exposed(target);
    writeSwitchingHead(connection.output.buffer, head, chosen, { targetId, setCookie });
    connection.output.flush();
    connection.openTunnel(socket, leftover, () => {
      exchange.endTunnel();
      this.record(101);
      this.request = undefined;
      this.exchange = undefined;
    });
    return true;
  }

  private writeOwn(answer: OwnAnswer): void {
    const { request, connection } = this;
    this.keep = connection.mayKeep();
    const option = connectionOption(this.keep, request?.isVersion11 === true);
    writeOwnAnswer(connection.output.buffer, answer, request?.method === "HEAD", option);
  }

  /** `status` undefined for what is not logged. */
  private over(status: number | undefined, nowMs = this.context.clock.now(), reason?: RefusalReason): void {
    if (status !== undefined) this.record(status, nowMs, reason);
    this.request = undefined;
    this.exchange = undefined;
    this.connection.answered(this.keep, nowMs);
  }

  private record(status: number, nowMs = this.context.clock.now(), reason?: RefusalReason): void {
    const { request, exchange, context } = this;
    if (request === undefined) return;
    if (exchange === undefined) context.rules.recorder.recordOwn(request, status, nowMs);
    else context.rules.recorder.record(request, status, exchange, nowMs, reason);
  }
}
