import type { ByteBuffer } from "../../byte-buffer.ts";
import type { ForwardRequest } from "../exchange/forward-request.ts";
import type { PreparedRequest } from "./prepared-request.ts";
import type { RequestBody } from "./request-body.ts";

/** A short body of known length, read before a target is chosen. */
export class WholeBody {
  readonly content: Uint8Array;
  readonly isBlocked = false;
  readonly isBroken = false;
  readonly isDiscardable = true;
  private contentBytes = 0;

  constructor(length: number) {
    this.content = new Uint8Array(length);
  }

  get isWhole(): boolean {
    return this.contentBytes === this.content.length;
  }

  /** Takes what of `bytes` from `from` on is of the body; returns where it ends. */
  take(bytes: Uint8Array, from: number): number {
    const end = Math.min(bytes.length, from + this.content.length - this.contentBytes);
    this.content.set(bytes.subarray(from, end), this.contentBytes);
    this.contentBytes += end - from;
    return end;
  }
}

/** A request whose body is at hand, or still coming. */
export class RequestWithBody implements ForwardRequest {
  readonly method: string;
  readonly key: string | undefined;
  readonly session: string | undefined;
  /** Nobody switches protocols behind a body. */
  readonly isUpgrade = false;

  constructor(
    private readonly prepared: PreparedRequest,
    readonly body: RequestBody | undefined,
    private readonly content: Uint8Array | undefined,
  ) {
    this.method = prepared.method;
    this.key = prepared.key;
    this.session = prepared.session;
  }

  get traceparentAt(): number | undefined {
    return this.prepared.traceparentAt;
  }

  get contentBytes(): number {
    return this.content?.length ?? 0;
  }

  writeTo(out: ByteBuffer): void {
    this.prepared.writeTo(out);
    if (this.content !== undefined) out.append(this.content);
  }
}
