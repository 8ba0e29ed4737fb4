import fc from "fast-check";
import type { Field } from "./message.ts";

/** Those that never pass a hop, by RFC 9110 §7.6.1 and §11.7, and the old `keep-alive` and `proxy-connection`. */
export const hopByHopNames: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const plainNames = ["accept", "cache-control", "etag", "vary", "x-a", "x-b", "x-request-id", "warning"];

/** For tests: what `Connection` may name. */
export const connectionOptions = fc.array(
  fc.constantFrom(...plainNames, "Close", "keep-alive", "X-A", "content-length", "host"),
  { maxLength: 3 },
);

const values = fc.oneof(
  // Values that look like names, which a reader of names and values in turn might take for them.
  fc.constantFrom("connection", "upgrade", "x-a", "close", ""),
  fc.stringMatching(/^[!-~\xa0-\xff]([ -~]{0,10}[!-~])?$/),
);

/** For tests: header fields in any order, some of which end at a hop. Holds no `connection`. */
export const headerFields: fc.Arbitrary<Field[]> = fc.array(
  fc.tuple(fc.constantFrom(...plainNames, ...hopByHopNames.filter((name) => name !== "connection")), values),
  { maxLength: 10 },
);
