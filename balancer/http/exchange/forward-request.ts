import type { ByteBuffer } from "../../byte-buffer.ts";
import type { Exchange } from "./exchange.ts";

/** A body up to this long is read before a target is chosen: it can then be sent again. */
export const wholeBodyBytes = 65_536;

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
