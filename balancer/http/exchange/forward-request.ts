import type { Socket } from "bun";
import type { ByteBuffer } from "../../byte-buffer.ts";
import type { Target } from "../../cluster/target.ts";
import type { RefusalReason } from "../../observe/refusal-reason.ts";
import type { SocketEvents } from "../../transport/socket-events.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { Exchange } from "./exchange.ts";

/** Why the balancer answers by itself instead of a target. */
export interface Refusal {
  readonly status: 400 | 408 | 413 | 502 | 503 | 504;
  /** One line for people. */
  readonly reason: string;
  /** The same in a word, for metrics. */
  readonly cause: RefusalReason;
  readonly retryAfterSeconds?: number;
}

/** What an exchange needs of the client's side; each edge implements it. */
export interface ClientSide {
  /** An interim answer other than 100 and 101; any number of them come before {@link begin}. */
  interim(head: ResponseHead): void;
  /** The answer's head; its content follows. Called at most once. */
  begin(head: ResponseHead, target: Target): void;
  /** A part of the content, in a range of `bytes`; false when the client is slower, until {@link Exchange.resume}. */
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
  switchTo(head: ResponseHead, socket: Socket<SocketEvents>, leftover: Uint8Array | undefined): boolean;
}

/** A request body that comes bit by bit, and only once. */
export interface BodySource {
  /** Begins to hand the body to {@link Exchange.sendBody}; called at most once. */
  start(exchange: Exchange): void;
  /** More may be sent after `sendBody` said no. */
  resume(): void;
  /** The rest is not wanted. */
  cancel(): void;
}

export interface ForwardRequest {
  readonly method: string;
  /** A body that is still coming. */
  readonly body: BodySource | undefined;
  /** For hashing policies. */
  readonly key: string | undefined;
  /** What the client's cookie says of its session, true or not. */
  readonly session: string | undefined;
  /** The client would switch to another protocol. */
  readonly isUpgrade: boolean;
  /** All that is to be sent, where it stands ready and stays so; there is no {@link body} then. */
  readonly bytes?: Uint8Array | undefined;
  /** Of the whole body that {@link writeTo} appends; 0 for none. */
  readonly contentBytes: number;
  /** Where in what {@link writeTo} has appended the value of `traceparent` stands; undefined where nothing is traced. */
  readonly traceparentAt: number | undefined;
  /** Appends the head to send, and a whole body after it if there is one; called for each attempt. */
  writeTo(out: ByteBuffer): void;
}
