import type { FailureReason } from "../../cluster/attempt.ts";
import type { Clock } from "../../cluster/clock.ts";
import { isOfReserve } from "../../sockets/open-files.ts";
import { Deadline, type Deadlines, type Expiring } from "../../transport/deadlines.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import { type ConnectionUser, nobody } from "./connection-user.ts";
import type { HeadMemo } from "./head-memo.ts";
import { RequestOutput } from "./request-output.ts";
import { type ResponseListener, ResponseReader } from "./response-reader.ts";

/** Longer content that nobody wants is not worth its connection. */
const maxReadOverBytes = 65_536;

/** Who owns a connection between its uses. */
export interface ConnectionOwner {
  readonly clock: Clock;
  /** Shared by all connections to the target. */
  readonly heads: HeadMemo;
  /** The answer is whole and the connection may carry another request. */
  release(connection: UpstreamConnection, nowMs: number): void;
  /** The target has closed it after an answer and before another one began; {@link closed} follows. */
  leftIdle(connection: UpstreamConnection): void;
  /** The connection is gone. */
  closed(connection: UpstreamConnection): void;
}

/** An established HTTP/1.1 connection to a target; carries one request at a time. */
export class UpstreamConnection implements SocketEvents, ResponseListener, Expiring {
  readonly deadline = new Deadline();
  /** Answers read so far; above zero, the target may have closed it just now. */
  answers = 0;
  /** How long the target says it keeps the connection when idle; undefined when it does not say. */
  keepAliveTimeoutMs: number | undefined;
  /** Of open files: it is not kept when idle. */
  readonly isOfReserve: boolean;
  private readonly output: RequestOutput;
  private readonly reader: ResponseReader;
  private user: ConnectionUser | undefined;
  private head: ResponseHead | undefined;
  /** When the head came, while the event that brought it is handled. */
  private headAtMs: number | undefined;
  private requestSent = true;
  private isPaused = false;
  private isClosed = false;

  constructor(
    private readonly socket: StreamSocket,
    private readonly owner: ConnectionOwner,
  ) {
    this.isOfReserve = isOfReserve(socket);
    this.output = new RequestOutput(socket);
    this.reader = new ResponseReader(owner.heads);
  }

  /** Any byte of the present answer? Without one, a reused connection may just have been closed. */
  get hasAnswered(): boolean {
    return this.reader.bytesRead > 0;
  }

  /**
   * Sends a request, the first `length` bytes of `request`, or its head when its body `isComing`; false when the socket was found closed, and
   * then nothing was sent.
   */
  begin(
    user: ConnectionUser,
    method: string,
    request: Uint8Array<ArrayBufferLike>,
    length: number,
    isComing: boolean,
  ): boolean {
    if (this.isClosed) return false;
    this.prepare(user, method, isComing);
    return this.hasBegun(this.output.begin(request, length));
  }

  /** As {@link begin} for a whole request, whose bytes stay as they are: it may go out with others a little later. */
  beginLater(user: ConnectionUser, method: string, request: Uint8Array): boolean {
    if (this.isClosed) return false;
    this.prepare(user, method, false);
    return this.hasBegun(this.output.beginLater(request));
  }

  /** Sends a part of the body; false when it has to wait for {@link ConnectionUser.onWritable}. */
  send(bytes: Uint8Array | string): boolean {
    return this.isClosed || this.output.send(bytes);
  }

  /** The request's body is whole. */
  endRequest(): void {
    this.requestSent = true;
  }

  /** Stops reading: the client is slower than the target. */
  pause(): void {
    if (this.isClosed) return;
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    if (this.isClosed || !this.isPaused) return;
    this.isPaused = false;
    this.socket.resume();
  }

  /** Gives up the present exchange, if any, without telling its user. */
  abort(): void {
    this.user = undefined;
    if (this.isClosed) return;
    // A reset rather than an orderly close: the target shall stop working on it.
    this.markClosed();
    this.socket.terminate();
  }

  /**
   * The rest of the answer that has begun is for nobody: a short one is read over, within the time of `deadlines`, so that the
   * connection can be used again.
   */
  readOver(deadlines: Deadlines): void {
    const isShort =
      this.head?.framing === "none" ||
      (this.head?.framing === "length" && (this.head.contentLength ?? 0) <= maxReadOverBytes);
    if (this.isClosed || !isShort) {
      this.abort();
      return;
    }
    this.user = nobody;
    deadlines.add(this);
  }

  /** An orderly close, for a connection that nobody uses. */
  close(): void {
    if (this.isClosed) return;
    this.markClosed();
    this.socket.end();
  }

  /** Its time as an idle connection is over, or that of an answer for nobody. */
  expire(): void {
    if (this.user === undefined) this.close();
    else this.abort();
  }

  onSocketOpen(): void {}

  onSocketHandshake(): void {}

  onSocketData(bytes: Buffer, from: number, to: number): void {
    if (this.user === undefined) {
      // Bytes that nobody asked for: no request could trust this connection any more.
      this.close();
      return;
    }
    const progress = this.reader.push(bytes, this, from, to);
    if (progress === "complete") this.answered();
    else if (progress === "switched") this.switched();
    else if (progress === "invalid") this.broken("protocol", this.reader.fault ?? "");
    else this.moreToCome();
  }

  onSocketDrain(): void {
    if (this.output.drain()) this.user?.onWritable();
  }

  onSocketEnd(): void {
    // A target that sends no more is of no further use, though it might still read.
    this.socket.end();
    this.onSocketClose(false);
  }

  onSocketClose(isReset: boolean): void {
    if (this.isClosed) return;
    if (this.answers > 0 && (this.user === undefined || !this.hasAnswered)) this.owner.leftIdle(this);
    this.markClosed();
    if (this.user === undefined) return;
    if (this.reader.closed(isReset) === "complete") this.finish()?.onEnd(this.owner.clock.now());
    else this.finish()?.onBroken("reset", this.reader.fault ?? "");
  }

  onInterim(head: ResponseHead): void {
    this.user?.onInterim(head);
  }

  onHead(head: ResponseHead): void {
    this.head = head;
    const nowMs = this.owner.clock.now();
    this.headAtMs = nowMs;
    this.user?.onHead(head, nowMs);
  }

  onBody(bytes: Uint8Array, from: number, to: number): void {
    this.user?.onBody(bytes, from, to);
  }

  onTrailers(fields: readonly string[]): void {
    this.user?.onTrailers(fields);
  }

  private prepare(user: ConnectionUser, method: string, isComing: boolean): void {
    this.user = user;
    this.head = undefined;
    this.requestSent = !isComing;
    this.reader.begin(method);
  }

  /** Found closed, it is left to its owner. */
  private hasBegun(isSent: boolean): boolean {
    if (isSent) return true;
    this.user = undefined;
    this.close();
    return false;
  }

  private moreToCome(): void {
    this.headAtMs = undefined;
    this.user?.onMoreToCome();
  }

  private answered(): void {
    const nowMs = this.headAtMs ?? this.owner.clock.now();
    this.headAtMs = undefined;
    const user = this.finish();
    // Cancelled while its last bytes were handed on.
    if (user === undefined) return;
    this.answers++;
    this.keepAliveTimeoutMs = this.head?.keepAliveTimeoutMs;
    const reusable = this.head?.keepAlive === true && this.requestSent && this.reader.leftover === undefined;
    this.deadline.cancel(this);
    if (reusable) {
      // The client may have been too slow for the last portion, which is none of the next user's business.
      this.resume();
      this.owner.release(this, nowMs);
    } else if (this.requestSent) {
      this.close();
    } else {
      this.abort();
    }
    user.onEnd(nowMs);
  }

  private switched(): void {
    const user = this.finish();
    this.markClosed();
    user?.onSwitched(this.socket, this.reader.leftover);
  }

  private broken(reason: FailureReason, fault: string): void {
    const user = this.finish();
    this.abort();
    user?.onBroken(reason, fault);
  }

  private finish(): ConnectionUser | undefined {
    const user = this.user;
    this.user = undefined;
    return user;
  }

  private markClosed(): void {
    this.isClosed = true;
    this.output.drop();
    this.owner.closed(this);
  }
}
