import type { FailureReason } from "../../cluster/attempt.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { ResponseListener } from "./response-reader.ts";

/** Who uses a connection for one request and its answer. */
export interface ConnectionUser extends Omit<ResponseListener, "onHead"> {
  /** `nowMs`: {@link Clock.now}, which is not looked at twice for what comes together. */
  onHead(head: ResponseHead, nowMs: number): void;
  /** What had come is handed on, and the answer is not whole. */
  onMoreToCome(): void;
  /** The answer is whole; the connection has been given back or closed. */
  onEnd(nowMs: number): void;
  /** The target has answered 101: the socket is the user's from now on, `leftover` came first. */
  onSwitched(socket: StreamSocket, leftover: Uint8Array | undefined): void;
  /** No whole answer will come; the connection is gone. */
  onBroken(reason: FailureReason, fault: string): void;
  /** What was held back has been written; more may be sent. */
  onWritable(): void;
}

/** Takes the rest of an answer that is for nobody. */
export const nobody: ConnectionUser = {
  onInterim() {},
  onHead() {},
  onBody() {},
  onTrailers() {},
  onMoreToCome() {},
  onEnd() {},
  onSwitched: (socket) => socket.terminate(),
  onBroken() {},
  onWritable() {},
};
