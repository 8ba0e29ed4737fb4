import type { FailureReason } from "../../cluster/attempt.ts";
import type { RequestTrace } from "../../observe/tracing/request-trace.ts";
import type { Deadlines } from "../../transport/deadlines.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { Service } from "../service/service.ts";
import type { ForwardRequest } from "./forward-request.ts";
import type { UpstreamRequest } from "./upstream-request.ts";

/** Whose attempt it is; told by `from` which one, since there may be two. */
export interface AttemptOwner {
  readonly service: Service;
  readonly request: ForwardRequest;
  /** Undefined where nothing is traced. */
  readonly trace: RequestTrace | undefined;
  /** Bytes of the request's body that went to targets, with their framing. */
  bytesSent: number;
  /** No more of the request's body will come. */
  readonly bodyIsWhole: boolean;
  /** How long an answer's head may take now. */
  readonly answerDeadlines: Deadlines;
  /** It may be sent again though a target may have seen it. */
  readonly canResend: boolean;
  /** The head is with a target, and what there is of the body. */
  onSent(from: UpstreamRequest): void;
  onInterim(from: UpstreamRequest, head: ResponseHead): void;
  onHead(from: UpstreamRequest, head: ResponseHead, nowMs: number): void;
  /** As {@link ConnectionUser.onBody}; false when the client is slower. */
  onBody(bytes: Uint8Array, from: number, to: number): boolean;
  onTrailers(fields: readonly string[]): void;
  onMoreToCome(): void;
  /** The attempt has ended with a whole answer. */
  onEnd(nowMs: number): void;
  /** The socket is the client's side to use; false when it did not ask for that. */
  onSwitched(head: ResponseHead, socket: StreamSocket, leftover: Uint8Array | undefined): boolean;
  onWritable(): void;
  /** No answer while there may be another attempt: true when that has taken its place. */
  onSlow(from: UpstreamRequest): boolean;
  /** The attempt has ended without an answer. */
  onFailed(from: UpstreamRequest, reason: FailureReason, fault: string): void;
  /** As {@link onFailed} without a connection; `isTimeout`: there was none in time. */
  onUnreachable(from: UpstreamRequest, fault: string, isTimeout: boolean): void;
  /** The attempt has ended before anything was sent, and the target is not to blame: another one may be free. */
  onBusy(from: UpstreamRequest, fault: string): void;
}
