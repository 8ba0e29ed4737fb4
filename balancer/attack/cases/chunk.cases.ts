import { butServe, passes, post, posted, type RequestCase, refused, smuggled } from "./request-case.ts";

const chunk = "RFC 9112 §7.1";
const extension = "RFC 9112 §7.1.1";
const trailer = "RFC 9112 §7.1.2";
const end = "0\r\n\r\n";
const chunked = (body: string) => post(["transfer-encoding: chunked"], body);
const size = (text: string) => chunked(`${text}\r\nhello\r\n${end}`);
const trailing = (...lines: readonly string[]) =>
  chunked(`5\r\nhello\r\n0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
/** Bun takes no trailers: what stands there is refused as the next request, when the one before has reached its target. */
const untaken = (base: RequestCase, content = "hello") =>
  butServe(base, "Bun takes no trailers", { passed: [posted(content)], end: 400, mayBeGivenUp: true });

/** Chunk sizes, extensions, line ends and trailers. */
export const chunkCases: readonly RequestCase[] = [
  passes("one chunk", chunk, size("5"), posted("hello")),
  passes("no content", chunk, chunked(end), posted("")),
  passes("a chunk for each byte", chunk, chunked(`1\r\nh\r\n1\r\ni\r\n${end}`), posted("hi")),
  passes("a size in capitals", chunk, chunked(`A\r\nhellohello\r\n${end}`), posted("hellohello")),
  passes("a size with leading zeros", chunk, size("0005"), posted("hello")),
  passes("a last chunk of several zeros", chunk, chunked("5\r\nhello\r\n0000\r\n\r\n"), posted("hello")),
  passes(
    "a chunk that is a request",
    chunk,
    chunked(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n${end}`),
    posted(smuggled),
  ),
  passes("a chunk that looks like the last", chunk, chunked(`5\r\n${end}\r\n${end}`), posted(end)),
  passes("an extension", extension, size("5;a=b"), posted("hello")),
  passes("an extension without a value", extension, size("5;a"), posted("hello")),
  butServe(
    passes("an extension in quotes", extension, size('5;a="b c"'), posted("hello")),
    "Bun takes no quotes there",
    { end: 400 },
  ),
  passes(
    "an extension on the last chunk",
    extension,
    chunked("5\r\nhello\r\n0;a=b\r\n\r\n"),
    posted("hello"),
  ),
  butServe(
    refused("an extension that never ends", extension, size(`5;${"a".repeat(20_000)}`)),
    "Bun counts it as a body",
    { end: 413 },
  ),
  refused("an extension with a bare LF", extension, size("5;a\nb")),
  refused("an extension with a bare CR", extension, size("5;a\rb")),
  refused("an extension with a NUL", extension, size("5;a\0b")),
  refused("an extension that hides a chunk behind a bare LF", extension, chunked(`5;\nhello\r\n${end}`)),
  refused(
    "an extension that hides the last chunk behind a bare LF",
    extension,
    chunked(`2;\n0\r\n\r\n${smuggled}`),
  ),
  refused("an extension that ends in CR CR LF", extension, size("5;a\r")),
  refused("an extension without a semicolon", extension, size("5 a=b")),
  butServe(
    refused(
      "extensions that outweigh their chunks",
      extension,
      chunked(`${`1;${"a".repeat(9000)}\r\nx\r\n`.repeat(12)}${end}`),
    ),
    "Bun does not weigh them",
    { passed: [posted("x".repeat(12))], end: "open" },
  ),
  refused("no size", chunk, size("")),
  refused("a blank before the size", chunk, size(" 5")),
  refused("a tab before the size", chunk, size("\t5")),
  refused("a size with a plus", chunk, size("+5")),
  refused("a size below zero", chunk, size("-5")),
  refused("a size with 0x", chunk, size("0x5")),
  refused("a size with an h", chunk, size("5h")),
  refused("a size with an underscore", chunk, chunked(`1_0\r\n${"a".repeat(16)}\r\n${end}`)),
  refused("a size with a fraction", chunk, size("5.0")),
  refused("a size with a comma", chunk, size("5,5")),
  refused("a size in quotes", chunk, size('"5"')),
  refused("a size with a NUL", chunk, size("5\0")),
  refused("a size with a vertical tab", chunk, size("5\x0b")),
  refused("a size in fullwidth digits", chunk, size("\xef\xbc\x95")),
  butServe(
    refused("a size of 17 digits", chunk, size("00000000100000005")),
    "Bun does not count zeros, and waits for 4 GiB",
    { end: "waits" },
  ),
  refused("a size of 2^64", chunk, size("10000000000000000")),
  refused("a size of 2^64 + 5", chunk, size("10000000000000005")),
  refused("a size of 2^63", chunk, size("8000000000000000")),
  butServe(refused("a size of 17 zeros", chunk, size(`${"0".repeat(17)}5`)), "Bun does not count zeros", {
    passed: [posted("hello")],
    end: "open",
  }),
  refused("a size line that ends in LF", chunk, chunked(`5\nhello\r\n${end}`)),
  refused("a size line that ends in CR", chunk, chunked(`5\rhello\r\n${end}`)),
  refused("a size line that ends in CR CR LF", chunk, chunked(`5\r\r\nhello\r\n${end}`)),
  refused("a chunk that ends in LF", chunk, chunked(`5\r\nhello\n${end}`)),
  refused("a chunk that ends in CR", chunk, chunked(`5\r\nhello\r${end}`)),
  refused("a chunk without an end of line", chunk, chunked(`5\r\nhello${end}`)),
  refused("a chunk that is longer than its size", chunk, chunked(`3\r\nhello\r\n${end}`)),
  refused("a chunk that ends in two other bytes (TERM.EXT)", chunk, chunked(`5\r\nhelloXX${end}`)),
  refused("a chunk that is shorter than its size", chunk, chunked(`7\r\nhello\r\n0\r\n\r\n`)),
  refused("a last chunk that ends in LF", chunk, chunked("5\r\nhello\r\n0\n\n")),
  untaken(refused("an end in LF", chunk, chunked("5\r\nhello\r\n0\r\n\n"))),
  untaken(passes("a trailer", trailer, trailing("x-t: 1"), posted("hello"))),
  untaken(
    passes("a trailer that is a length", "RFC 9110 §6.5.1", trailing("content-length: 30"), posted("hello")),
  ),
  untaken(
    passes(
      "a trailer that is a coding",
      "RFC 9110 §6.5.1",
      trailing("transfer-encoding: chunked"),
      posted("hello"),
    ),
  ),
  untaken(passes("a trailer that is a host", "RFC 9110 §6.5.1", trailing("host: other"), posted("hello"))),
  untaken(
    passes(
      "a trailer that speaks of the client",
      "RFC 9110 §6.5.1",
      trailing("x-forwarded-for: 1.2.3.4"),
      posted("hello"),
    ),
  ),
  untaken(refused("a trailer that is a request", trailer, trailing("GET /smuggled HTTP/1.1", "host: t"))),
  untaken(refused("a trailer without a colon", trailer, trailing("x-t"))),
  untaken(refused("a trailer with a blank before the colon", "RFC 9112 §5.1", trailing("x-t : 1"))),
  untaken(refused("a trailer that begins with a blank", "RFC 9112 §5.2", trailing(" x-t: 1"))),
  untaken(refused("a folded trailer", "RFC 9112 §5.2", trailing("x-t: 1", " 2"))),
  untaken(refused("a trailer with a bare LF", "RFC 9112 §2.2", trailing("x-t: 1\nx-u: 2"))),
  untaken(refused("a trailer with a bare CR", "RFC 9112 §2.2", trailing("x-t: 1\rx-u: 2"))),
  untaken(refused("a trailer with a NUL", "RFC 9110 §5.5", trailing("x-t: \0"))),
  untaken(refused("a trailer that never ends", trailer, trailing(`x-t: ${"a".repeat(20_000)}`))),
  untaken(refused("trailers that never end", trailer, chunked(`0\r\n${"x-t: 1\r\n".repeat(20_000)}`)), ""),
  {
    name: "chunks that break off",
    rfc: chunk,
    bytes: chunked("5\r\nhel"),
    expected: { passed: [], end: "waits" },
  },
  {
    name: "chunks without a last one",
    rfc: chunk,
    bytes: chunked("5\r\nhello\r\n"),
    expected: { passed: [], end: "waits" },
  },
];
