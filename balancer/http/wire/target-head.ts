import { ByteBuffer } from "../../byte-buffer.ts";
import { isNamedIn } from "../message/fields.ts";
import {
  type RequestLine,
  writeFraming,
  writeHops,
  writeRequestLine,
  writeTraceparentSpace,
} from "../message/request-head.ts";
import { type FieldKind, kinds } from "./field-kinds.ts";
import type { RequestScan } from "./request-scan.ts";

/** What goes to a target ahead of the body. */
export interface TargetHead {
  readonly head: Uint8Array;
  /** Where in it the value of `traceparent` stands; undefined where nothing is traced. */
  readonly traceparentAt: number | undefined;
}

/** Where each head is put together. */
const outgoing = new ByteBuffer(4096);
/** By {@link passing}: a list for each request would be garbage for each. */
const passLists: readonly (readonly FieldKind[])[] = Array.from({ length: 16 }, (_, bits) => [
  ...(bits & 1 ? [kinds.forwarded] : []),
  ...(bits & 2 ? [kinds.trailer] : []),
  ...(bits & 4 ? [kinds.traceparent] : []),
  ...(bits & 8 ? [kinds.tracestate] : []),
]);

/** Makes of a client's head the one to send; `upgrade`: the protocols that the target may switch to. */
export function targetHead(scan: RequestScan, line: RequestLine, upgrade: string | undefined): TargetHead {
  outgoing.clear();
  writeRequestLine(outgoing, line);
  const traceparentAt = line.isTraced ? writeTraceparentSpace(outgoing) : undefined;
  scan.fields.writePassing(outgoing, passing(scan, line), scan.connection);
  if (upgrade !== undefined) outgoing.latin1(`connection: Upgrade\r\nupgrade: ${upgrade}\r\n`);
  else if (takesTrailers(scan)) outgoing.latin1("connection: TE\r\nte: trailers\r\n");
  writeFraming(outgoing, scan.bodyLength);
  writeHops(outgoing, line, {
    via: scan.fields.valueOf(kinds.via),
    forwardedFor: scan.fields.valueOf(kinds.forwardedFor),
    forwardedProto: scan.fields.valueOf(kinds.forwardedProto),
    forwardedHost: scan.fields.valueOf(kinds.forwardedHost),
  });
  return { head: outgoing.copy(), traceparentAt };
}

/** Kinds of fields that pass besides the ordinary ones. */
function passing(scan: RequestScan, line: RequestLine): readonly FieldKind[] {
  // RFC 7239's form of the X-Forwarded-* claims: from a stranger they are as worthless.
  const forwarded = line.isPeerTrusted ? 1 : 0;
  const trailer = scan.bodyLength === "chunked" ? 2 : 0;
  // Each attempt has its own where there are traces; without them both are fields like any other.
  const traceparent = line.isTraced ? 0 : 4;
  const tracestate = line.isTraced && line.traceParent === undefined ? 0 : 8;
  return passLists[forwarded + trailer + traceparent + tracestate] ?? [];
}

/** Says the client itself that it takes trailers? Only then the target need not leave them out (RFC 9110 §10.1.4). */
function takesTrailers(scan: RequestScan): boolean {
  return (
    scan.connection !== undefined &&
    isNamedIn(scan.connection, "te") &&
    isNamedIn(scan.fields.valueOf(kinds.te), "trailers")
  );
}
