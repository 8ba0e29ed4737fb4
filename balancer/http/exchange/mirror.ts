import { ByteBuffer } from "../../byte-buffer.ts";
import type { Random } from "../../cluster/random.ts";
import type { RequestTrace } from "../../observe/tracing/request-trace.ts";
import type { Service } from "../service/service.ts";
import type { ClientSide } from "./client-side.ts";
import { Exchange } from "./exchange.ts";
import type { ForwardRequest } from "./forward-request.ts";

/** Copies under way at once; a shadow that does not keep up gets no more of them. */
const maxOpen = 1024;

/** Where each copy is put together. */
const outgoing = new ByteBuffer(16_384);

/** Sends copies of a route's requests to another group, and throws the answers away. */
export class Mirror {
  private open = 0;

  constructor(
    readonly service: Service,
    /** From 0 to 1. */
    private readonly share: number,
    private readonly random: Random,
  ) {}

  /** Sends a copy, perhaps; the request itself has been begun already, and is not waited for. */
  offer(request: ForwardRequest, key: string | undefined, trace: RequestTrace | undefined): void {
    if (this.random() >= this.share) return;
    if (this.open >= maxOpen || request.body !== undefined || request.isUpgrade) {
      this.service.counts.add("mirrorsDropped");
      return;
    }
    this.service.counts.add("mirrored");
    this.open++;
    outgoing.clear();
    request.writeTo(outgoing);
    // Copies have no spans: what their target does is a part of the request's own.
    if (trace !== undefined && request.traceparentAt !== undefined)
      outgoing.overwrite(request.traceparentAt, trace.traceparent(undefined));
    new Exchange(
      this.service,
      new CopiedRequest(request.method, outgoing.copy(), key),
      new Nobody(this),
    ).start();
  }

  /** For {@link Nobody} alone. */
  over(): void {
    this.open--;
  }
}

/** Stands on its own: the request that it is a copy of may be over before it is sent. */
class CopiedRequest implements ForwardRequest {
  readonly body = undefined;
  readonly isUpgrade = false;
  readonly session = undefined;
  readonly contentBytes = 0;
  readonly traceparentAt = undefined;

  constructor(
    readonly method: string,
    readonly bytes: Uint8Array,
    readonly key: string | undefined,
  ) {}

  writeTo(out: ByteBuffer): void {
    out.append(this.bytes);
  }
}

/** Who gets the answer to a copy. */
class Nobody implements ClientSide {
  constructor(private readonly mirror: Mirror) {}

  interim(): void {}
  begin(): void {}
  write(): boolean {
    return true;
  }
  flush(): void {}
  trailers(): void {}
  end(): void {
    this.mirror.over();
  }
  breakOff(): void {
    this.mirror.over();
  }
  refuse(): void {
    this.mirror.over();
  }
  switchTo(): boolean {
    return false;
  }
}
