import type { Expiring } from "../../transport/deadlines.ts";
import { BodyPace } from "../body-pace.ts";
import { type ForwardRequest, wholeBodyBytes } from "../exchange/forward-request.ts";
import type { ClientAnswer } from "./client-answer.ts";
import type { ClientInput } from "./client-input.ts";
import type { ClientOutput } from "./client-output.ts";
import { HeadReader } from "./head-reader.ts";
import { type Peer, PreparedRequest } from "./prepared-request.ts";
import { type BodyReader, RequestBody } from "./request-body.ts";
import type { RequestFault } from "./request-fault.ts";
import { RequestWithBody, WholeBody } from "./whole-body.ts";
import type { WireContext } from "./wire-context.ts";

/** So much is read ahead of requests that wait for the answers before theirs. */
const maxAheadBytes = 65_536;
const continueBytes = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

/** What the intake needs of its connection, which expires when the client takes too long. */
export interface IntakeConnection extends Expiring {
  readonly output: ClientOutput;
  readonly answer: ClientAnswer;
  /** Requests are read. */
  readonly isOpen: boolean;
  /** Answers what can't be read. */
  refuse(fault: RequestFault): void;
  /** The body of a request that has been sent on its way is whole. */
  onBodyEnd(): void;
  /** The body can't be read to its end; an exchange that was still at it has been told, and has answered. */
  onBodyBroken(): void;
}

/** Finds the requests in what a client sends, and has one after the other answered. */
export class RequestIntake implements BodyReader {
  /** Being answered, or answered while its body still comes. */
  request: PreparedRequest | undefined;
  /** What has not come yet of its body, or has not been read. */
  body: RequestBody | WholeBody | undefined;
  private readonly heads: HeadReader;
  /** Of the present body. */
  private pace: BodyPace | undefined;
  private isReading = false;

  constructor(
    private readonly context: WireContext,
    peer: Peer,
    private readonly input: ClientInput,
    private readonly connection: IntakeConnection,
  ) {
    this.heads = new HeadReader(context, peer);
  }

  /** No request has begun to come. */
  get isIdle(): boolean {
    return this.request === undefined && this.input.isEmpty;
  }

  /** Whether another request may follow the present one. */
  get mayGoOn(): boolean {
    const { request, body } = this;
    if (request?.keepAlive !== true) return false;
    // Of a client that waits to be invited nobody knows whether the body will come.
    return body === undefined || (body.isDiscardable && !request.expectsContinue);
  }

  /** Answers what the client has sent where that is, to the byte, the head that it sent last; false where it is not. */
  takeKnown(bytes: Buffer, from: number, to: number): boolean {
    if (this.isReading || !this.isIdle) return false;
    const request = this.heads.recall(bytes, from, to);
    if (request === undefined) return false;
    this.isReading = true;
    this.dispatch(request);
    this.isReading = false;
    this.holdBack();
    return true;
  }

  /** Reads as far as it can go on now; the rest is kept. */
  read(): void {
    if (this.isReading) return;
    const { input, connection } = this;
    this.isReading = true;
    while (!input.isEmpty && connection.isOpen && this.readNext()) {}
    this.isReading = false;
    this.holdBack();
  }

  /** Reads no more from a client that is ahead of its answers. */
  private holdBack(): void {
    const { input, connection } = this;
    const isAhead = this.body?.isBlocked === true || input.bytes.length > maxAheadBytes;
    if (isAhead && this.request !== undefined && connection.isOpen) input.pause();
  }

  inviteBody(): void {
    if (this.request?.expectsContinue !== true || !this.input.isEmpty) return;
    const { output } = this.connection;
    output.buffer.append(continueBytes);
    output.flush();
  }

  resumeBody(): void {
    if (!this.connection.isOpen) return;
    this.read();
    if (this.body !== undefined) this.awaitBody(this.body);
    this.input.resume();
  }

  /** The client has so long for its next part; while the target is slower, it has all the time it wants. */
  private awaitBody(body: RequestBody | WholeBody): void {
    const { connection } = this;
    if (body.isBlocked) {
      connection.deadline.cancel(connection);
      this.pace?.pause();
    } else {
      this.context.rules.bodyDeadlines.add(connection);
      this.pace?.begin();
    }
  }

  /** Takes the next head or part of a body; false when it has to wait. */
  private readNext(): boolean {
    const { body } = this;
    if (body === undefined) return this.request === undefined && this.readHead();
    if (body.isBlocked) return false;
    this.readBody(body);
    return true;
  }

  private readHead(): boolean {
    const { heads, input, context, connection } = this;
    const isNew = !heads.hasBegun;
    const found = heads.read(input.bytes);
    if (found === undefined) {
      input.take(heads.takenBytes);
      // Its time runs from its first byte on, however many more come.
      if (isNew && heads.hasBegun) context.rules.headDeadlines.add(connection);
      return heads.takenBytes > 0;
    }
    if (!(found instanceof PreparedRequest)) {
      connection.refuse(found);
      return true;
    }
    input.take(heads.takenBytes);
    this.dispatch(found);
    return true;
  }

  /** Answers the request, or sends it on its way as soon as its body allows. */
  private dispatch(request: PreparedRequest): void {
    const { context, connection } = this;
    const { bodyLength } = request;
    const tooOften = context.tooOften(request);
    const own = tooOften === undefined ? request.own : { answer: () => tooOften, isLogged: true };
    this.request = request;
    connection.deadline.cancel(connection);
    if (bodyLength !== undefined && bodyLength !== 0)
      this.pace = new BodyPace(context.clock, context.rules.minBodyRate);
    if (bodyLength === undefined || bodyLength === 0) {
      if (own === undefined) this.begin(request, request);
      else connection.answer.answerOwn(request, own.answer(), own.isLogged);
    } else if (own !== undefined) {
      const body = this.streamBody(bodyLength);
      connection.answer.answerOwn(request, own.answer(), own.isLogged);
      body.cancel();
    } else if (bodyLength !== "chunked" && bodyLength <= wholeBodyBytes && !request.expectsContinue) {
      this.body = new WholeBody(bodyLength);
      this.awaitBody(this.body);
    } else {
      this.begin(request, new RequestWithBody(request, this.streamBody(bodyLength), undefined));
    }
  }

  private streamBody(length: number | "chunked"): RequestBody {
    const body = new RequestBody(length, this.context.rules.maxBodyBytes, this);
    this.body = body;
    return body;
  }

  private begin(request: PreparedRequest, forward: ForwardRequest): void {
    if (request.forwarding === undefined) throw new Error("a request that goes to no target was forwarded");
    this.connection.answer.forward(request, request.forwarding, forward);
  }

  private readBody(body: RequestBody | WholeBody): void {
    const { input, connection } = this;
    const end = body.take(input.bytes, 0);
    input.take(end);
    if (body.isBroken) {
      connection.onBodyBroken();
    } else if (!body.isWhole) {
      this.awaitBody(body);
      if (this.pace?.isTooSlow(end) === true) connection.expire();
    } else {
      this.body = undefined;
      connection.deadline.cancel(connection);
      if (body instanceof WholeBody && this.request !== undefined)
        this.begin(this.request, new RequestWithBody(this.request, undefined, body.content));
      else connection.onBodyEnd();
    }
  }
}
