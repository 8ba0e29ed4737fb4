import type { ByteBuffer } from "../byte-buffer.ts";
import { endsAtThisHop } from "./fields.ts";

/** What the edge knows of a request besides its fields. */
export interface RequestLine {
  readonly method: string;
  /** Path and query as the target shall see them. */
  readonly target: string;
  /** As in the request's `Host`. */
  readonly host: string;
  readonly peerAddress: string;
  readonly scheme: "http" | "https";
  /** The peer is a proxy whose word about its own client is kept. */
  readonly isPeerTrusted: boolean;
}

/** How the body is sent on: `undefined` for none, a length, or in chunks. */
export type BodyLength = number | "chunked" | undefined;

/** This balancer's own entry in `Via` (RFC 9110 §7.6.3). */
export const via = "1.1 ballast";

/**
 * Writes the head to send to a target (RFC 9110 §7.6): without what ends at this hop, with `Via` and the
 * `X-Forwarded-*` fields. `Expect` ends here too, since the edge has answered it. `more` are whole
 * lines to add.
 */
export function writeRequestHead(
  out: ByteBuffer,
  line: RequestLine,
  fields: Headers,
  body: BodyLength,
  more = "",
): void {
  const connection = fields.get("connection") ?? undefined;
  let passedVia = "";
  let forwardedFor = "";
  let forwardedProto: string = line.scheme;
  let forwardedHost = "";
  out.latin1(line.method);
  out.latin1(" ");
  out.latin1(line.target);
  out.latin1(" HTTP/1.1\r\nhost: ");
  out.latin1(line.host);
  out.latin1("\r\n");
  out.latin1(more);
  for (const [name, value] of fields) {
    switch (name) {
      case "via":
        passedVia = `${value}, `;
        break;
      case "x-forwarded-for":
        if (line.isPeerTrusted) forwardedFor = `${value}, `;
        break;
      case "x-forwarded-proto":
        if (line.isPeerTrusted) forwardedProto = value;
        break;
      case "x-forwarded-host":
        if (line.isPeerTrusted) forwardedHost = value;
        break;
      case "forwarded":
        // The same claims in RFC 7239's form: from a stranger they are as worthless.
        if (line.isPeerTrusted) writeField(out, name, value);
        break;
      case "host":
      case "content-length":
      case "expect":
        break;
      default:
        if (!endsAtThisHop(name, connection)) writeField(out, name, value);
    }
  }
  if (body === "chunked") {
    out.latin1("transfer-encoding: chunked\r\n");
  } else if (body !== undefined) {
    out.latin1("content-length: ");
    out.integer(body);
    out.latin1("\r\n");
  }
  out.latin1("via: ");
  out.latin1(passedVia);
  out.latin1(via);
  out.latin1("\r\nx-forwarded-for: ");
  out.latin1(forwardedFor);
  out.latin1(line.peerAddress);
  out.latin1("\r\nx-forwarded-proto: ");
  out.latin1(forwardedProto);
  out.latin1("\r\nx-forwarded-host: ");
  out.latin1(forwardedHost || line.host);
  out.latin1("\r\n\r\n");
}

function writeField(out: ByteBuffer, name: string, value: string): void {
  out.latin1(name);
  out.latin1(": ");
  out.latin1(value);
  out.latin1("\r\n");
}

/** The client's own address: the last one in `X-Forwarded-For` that no trusted proxy has added. */
export function clientAddress(
  peerAddress: string,
  forwardedFor: string | null,
  isTrusted: (address: string) => boolean,
): string {
  if (forwardedFor === null || !isTrusted(peerAddress)) return peerAddress;
  const chain = forwardedFor.split(",").map((entry) => entry.trim());
  return chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? peerAddress;
}
