import type { ByteBuffer } from "../../byte-buffer.ts";
import type { HttpListenerConfig } from "../../config/schema.ts";
import { hostPort } from "../../host-port.ts";
import { type TraceParent, traceparentLength } from "../../observe/tracing/trace-parent.ts";
import { endsAtThisHop, isDisguised } from "./fields.ts";

/** What the edge knows of a request besides its fields. */
export interface RequestLine {
  readonly method: string;
  /** Path and query as the target shall see them. */
  readonly target: string;
  /** As in the request's `Host`. */
  readonly host: string;
  /** Stands in where the client names no host, as it may with HTTP/1.0: with HTTP/1.1 a target has to have one. */
  readonly ownHost: string;
  readonly peerAddress: string;
  readonly scheme: "http" | "https";
  /** The peer is a proxy whose word about its own client is kept. */
  readonly isPeerTrusted: boolean;
  /** The balancer has spans of its own in the request's trace: `traceparent` is each attempt's. */
  readonly isTraced: boolean;
  /** With `isTraced`: whose part of the trace comes before. Without one `tracestate` means nothing. */
  readonly traceParent: TraceParent | undefined;
}

export function ownHostOf({ listen }: Pick<HttpListenerConfig, "listen">): string {
  return hostPort(listen.hostname, listen.port);
}

/** How the body is sent on: `undefined` for none, a length, or in chunks. */
export type BodyLength = number | "chunked" | undefined;

/** This balancer's own entry in `Via` (RFC 9110 §7.6.3). */
export const via = "1.1 ballast";

/**
 * Writes the head to send to a target (RFC 9110 §7.6): without what ends at this hop, with `Via` and the
 * `X-Forwarded-*` fields. `Expect` ends here too, since the edge has answered it. `more` are whole
 * lines to add. Returns where {@link writeTraceparentSpace} has left room, if it has.
 */
export function writeRequestHead(
  out: ByteBuffer,
  line: RequestLine,
  fields: Headers,
  body: BodyLength,
  more = "",
): number | undefined {
  const connection = fields.get("connection") ?? undefined;
  const earlier: EarlierHops = { via: "", forwardedFor: "", forwardedProto: "", forwardedHost: "" };
  writeRequestLine(out, line);
  const traceparentAt = line.isTraced ? writeTraceparentSpace(out) : undefined;
  out.latin1(more);
  for (const [name, value] of fields) {
    switch (name) {
      case "via":
        earlier.via = value;
        break;
      case "x-forwarded-for":
        earlier.forwardedFor = value;
        break;
      case "x-forwarded-proto":
        earlier.forwardedProto = value;
        break;
      case "x-forwarded-host":
        earlier.forwardedHost = value;
        break;
      case "forwarded":
        // The same claims in RFC 7239's form: from a stranger they are as worthless.
        if (line.isPeerTrusted) writeField(out, name, value);
        break;
      case "traceparent":
        if (!line.isTraced) writeField(out, name, value);
        break;
      case "tracestate":
        if (!line.isTraced || line.traceParent !== undefined) writeField(out, name, value);
        break;
      case "host":
      case "content-length":
      case "expect":
        break;
      default:
        if (!endsAtThisHop(name, connection) && !isDisguised(name)) writeField(out, name, value);
    }
  }
  writeFraming(out, body);
  writeHops(out, line, earlier);
  return traceparentAt;
}

/** The request line and `Host`. */
export function writeRequestLine(out: ByteBuffer, line: RequestLine): void {
  out.latin1(line.method);
  out.latin1(" ");
  out.latin1(line.target);
  out.latin1(" HTTP/1.1\r\nhost: ");
  out.latin1(line.host || line.ownHost);
  out.latin1("\r\n");
}

export function writeFraming(out: ByteBuffer, body: BodyLength): void {
  if (body === "chunked") {
    out.latin1("transfer-encoding: chunked\r\n");
  } else if (body !== undefined) {
    out.latin1("content-length: ");
    out.integer(body);
    out.latin1("\r\n");
  }
}

/** What the proxies before this one have said; empty where they said nothing. */
export interface EarlierHops {
  via: string;
  forwardedFor: string;
  forwardedProto: string;
  forwardedHost: string;
}

const traceparentSpace = `traceparent: ${" ".repeat(traceparentLength)}\r\n`;

/** Appends `traceparent` with room for its value, which each attempt has its own of; returns where that begins. */
export function writeTraceparentSpace(out: ByteBuffer): number {
  out.latin1(traceparentSpace);
  return out.length - traceparentLength - "\r\n".length;
}

/** Ends the head with `Via` and the `X-Forwarded-*` fields; only a trusted peer's word is kept. */
export function writeHops(out: ByteBuffer, line: RequestLine, earlier: EarlierHops): void {
  const { isPeerTrusted } = line;
  out.latin1("via: ");
  writeListed(out, earlier.via);
  out.latin1(via);
  out.latin1("\r\nx-forwarded-for: ");
  if (isPeerTrusted) writeListed(out, earlier.forwardedFor);
  out.latin1(line.peerAddress);
  out.latin1("\r\nx-forwarded-proto: ");
  out.latin1((isPeerTrusted && earlier.forwardedProto) || line.scheme);
  out.latin1("\r\nx-forwarded-host: ");
  out.latin1((isPeerTrusted && earlier.forwardedHost) || line.host);
  out.latin1("\r\n\r\n");
}

/** An earlier part of a list that goes on. */
function writeListed(out: ByteBuffer, value: string): void {
  if (value === "") return;
  out.latin1(value);
  out.latin1(", ");
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
