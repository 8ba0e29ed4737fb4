import type { Target } from "../../cluster/target.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { Refusal } from "./refusals.ts";

/** What an exchange needs of the client's side; each edge implements it. */
export interface ClientSide {
  /** An interim answer other than 100 and 101; any number of them come before {@link begin}. */
  interim(head: ResponseHead): void;
  /** The answer's head; its content follows. Called at most once. */
  begin(head: ResponseHead, target: Target): void;
  /**
   * A part of the content, in a range of `bytes`, which stand only until it returns; false when the client is slower, until
   * {@link Exchange.resume}.
   */
  write(bytes: Uint8Array, from: number, to: number): boolean;
  /** Nothing more has come for now: what was held back to go out in one piece is to be sent. */
  flush(): void;
  /** Names in lower case and values in turn, behind the content. */
  trailers(fields: readonly string[]): void;
  /** The answer is whole, at {@link Clock.now}. */
  end(nowMs: number): void;
  /** The answer broke off after {@link begin}: the client must be able to tell. */
  breakOff(): void;
  /** No target has answered, and nothing was begun. */
  refuse(refusal: Refusal): void;
  /** The target has answered 101 and the socket is the client's side to use; false when it did not ask for that. */
  switchTo(head: ResponseHead, socket: StreamSocket, leftover: Uint8Array | undefined): boolean;
}
