import type { ByteBuffer } from "../../byte-buffer.ts";
import type { LoggedExchange, LoggedRequest } from "../logged.ts";
import type { StreamEnd } from "../stream-end.ts";

/** How a line of the access log looks. */
export interface LineFormat {
  /** Whether lines have a request's `Referer` and `User-Agent`. */
  readonly hasAgent: boolean;
  /** What of a line depends on the request alone, for {@link LoggedRequest.encoded}; undefined where that saves nothing. */
  encode(request: LoggedRequest): Uint8Array | undefined;
  /**
   * Appends the line of a request that is over. `epochMs`: the time of day, in whole ms since 1970; `traceId`: 32 hexadecimal
   * digits, undefined when it is not traced.
   */
  request(
    lines: ByteBuffer,
    epochMs: number,
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
    durationMs: number,
    traceId: string | undefined,
  ): void;
  stream(lines: ByteBuffer, epochMs: number, protocol: "tcp" | "udp", group: string, end: StreamEnd): void;
}
