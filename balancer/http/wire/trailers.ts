import type { ByteBuffer } from "../../byte-buffer.ts";
import { endsAtThisHop } from "../message/fields.ts";

/** Fields that decide about framing, routing or access: behind the content they come too late (RFC 9110 §6.5.1). */
const forbidden = new Set([
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "max-forwards",
  "range",
  "set-cookie",
  "via",
  "www-authenticate",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/** Ends a chunked body: the last chunk, the trailer fields that may pass, the empty line (RFC 9112 §7.1). */
export function writeLastChunk(out: ByteBuffer, trailers: readonly string[] | undefined): void {
  out.latin1("0\r\n");
  for (let index = 0; trailers !== undefined && index < trailers.length; index += 2) {
    const name = trailers[index] ?? "";
    if (forbidden.has(name) || endsAtThisHop(name, undefined)) continue;
    out.latin1(`${name}: ${trailers[index + 1] ?? ""}\r\n`);
  }
  out.latin1("\r\n");
}
