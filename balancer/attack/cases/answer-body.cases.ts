import { type AnswerCase, answer, cut, invalid, passesOn, poison } from "./answer-case.ts";

const lengths = "RFC 9112 §6.3";
const coding = "RFC 9112 §6.1";
const chunk = "RFC 9112 §7.1";
const early = "RFC 9112 §8";
const ofLength = (text: string, body = "hello") => answer([`content-length: ${text}`], body);
const chunked = (body: string) => answer(["transfer-encoding: chunked"], body);
const end = "0\r\n\r\n";
const hello = `5\r\nhello\r\n`;

/** Where an answer's body ends, and what stands behind it. */
export const answerBodyCases: readonly AnswerCase[] = [
  passesOn("a length", lengths, ofLength("5"), "hello"),
  passesOn(
    "two equal lengths",
    lengths,
    answer(["content-length: 5", "content-length: 5"], "hello"),
    "hello",
  ),
  invalid("two lengths", lengths, answer(["content-length: 5", "content-length: 6"], "hello!")),
  invalid("a list of lengths", lengths, ofLength("5, 6")),
  invalid("an empty length", lengths, ofLength("")),
  invalid("a length with a plus", lengths, ofLength("+5")),
  invalid("a length below zero", lengths, ofLength("-5")),
  invalid("a length in hexadecimal", lengths, ofLength("0x5")),
  invalid("a length with a fraction", lengths, ofLength("5.0")),
  invalid("a length with rubbish", lengths, ofLength("5;")),
  invalid("a length of 2^64", lengths, ofLength("18446744073709551616")),
  invalid("a length and chunks", lengths, answer(["content-length: 5", "transfer-encoding: chunked"], end)),
  invalid("chunks and a length", lengths, answer(["transfer-encoding: chunked", "content-length: 5"], end)),
  invalid("an empty coding", coding, answer(["transfer-encoding:"], "hello")),
  invalid("identity", coding, answer(["transfer-encoding: identity"], "hello")),
  invalid("gzip", coding, answer(["transfer-encoding: gzip"], "hello")),
  invalid("gzip, chunked", coding, answer(["transfer-encoding: gzip, chunked"], end)),
  invalid("chunked, identity", coding, answer(["transfer-encoding: chunked, identity"], end)),
  invalid("two codings", coding, answer(["transfer-encoding: chunked", "transfer-encoding: identity"], end)),
  invalid("xchunked", coding, answer(["transfer-encoding: xchunked"], end)),
  invalid("chunked behind a vertical tab", coding, answer(["transfer-encoding: \x0bchunked"], end)),
  invalid(
    "a coding with a blank before the colon",
    "RFC 9112 §5.1",
    answer(["transfer-encoding : chunked"], end),
  ),
  invalid("chunks in HTTP/1.0", coding, answer(["transfer-encoding: chunked"], end, "HTTP/1.0 200 OK")),
  passesOn("chunks", chunk, chunked(hello + end), "hello"),
  passesOn("chunks with padded sizes", chunk, chunked("5  \r\nhello\r\n0 \r\n\r\n"), "hello"),
  passesOn("chunks with extensions", "RFC 9112 §7.1.1", chunked(`5;a="b"\r\nhello\r\n0;c\r\n\r\n`), "hello"),
  passesOn("chunks with trailers", "RFC 9112 §7.1.2", chunked(`${hello}0\r\nx-t: 1\r\n\r\n`), "hello"),
  passesOn(
    "chunks with a length for a trailer",
    "RFC 9110 §6.5.1",
    chunked(`${hello}0\r\ncontent-length: 9\r\n\r\n`),
    "hello",
  ),
  passesOn(
    "a chunk that is an answer",
    chunk,
    chunked(`${poison.length.toString(16)}\r\n${poison}\r\n${end}`),
    poison,
  ),
  cut("a size with 0x", chunk, chunked(`0x5\r\nhello\r\n${end}`)),
  cut("a size with a plus", chunk, chunked(`+5\r\nhello\r\n${end}`)),
  cut("a size below zero", chunk, chunked(`-5\r\nhello\r\n${end}`)),
  cut("a size of 2^64 + 5", chunk, chunked(`10000000000000005\r\nhello\r\n${end}`)),
  cut("a size line that ends in LF", chunk, chunked(`5\nhello\r\n${end}`)),
  cut("a chunk that ends in LF", chunk, chunked(`5\r\nhello\n${end}`)),
  cut("a chunk without an end of line", chunk, chunked(`5\r\nhello${end}`)),
  cut("a chunk that is too long", chunk, chunked(`${hello}3\r\nhello\r\n${end}`)),
  cut("an extension with a bare LF", "RFC 9112 §7.1.1", chunked(`${hello}5;a\nb\r\nhello\r\n${end}`)),
  cut("a trailer with a bare LF", "RFC 9112 §2.2", chunked(`${hello}0\r\nx-t: 1\nx-u: 2\r\n\r\n`)),
  cut("a trailer that is no field", "RFC 9112 §7.1.2", chunked(`${hello}0\r\nx-t\r\n\r\n`)),
  cut("a trailer that never ends", "RFC 9112 §7.1.2", chunked(`${hello}0\r\n${"x-t: 1\r\n".repeat(9000)}`)),
  cut("a close in a chunk", early, chunked("5\r\nhel"), { after: "closes" }),
  cut("a close before the last chunk", early, chunked(hello), { after: "closes" }),
  cut("a close in a trailer", early, chunked(`${hello}0\r\nx-t: 1`), { after: "closes" }),
  {
    ...cut("a close before the length is over", early, ofLength("9"), { after: "closes" }),
    onServe: { status: 502, body: "502 the target broke off its answer\n" },
  },
  cut("a close before a long length is over", early, ofLength("90000"), { after: "closes" }),
  passesOn("a close for an end", lengths, answer([], "hello"), "hello", { after: "closes" }),
  {
    name: "a close in the head",
    rfc: early,
    bytes: "HTTP/1.1 200 OK\r\ncontent-le",
    after: "closes",
    method: "POST",
    seen: { status: 502, body: "502 the target closed the connection without an answer\n" },
  },
  {
    name: "a close without a word",
    rfc: early,
    bytes: "",
    after: "closes",
    method: "POST",
    seen: { status: 502, body: "502 the target closed the connection without an answer\n" },
  },
  {
    name: "a reset without a word",
    rfc: early,
    bytes: "",
    after: "resets",
    method: "POST",
    seen: { status: 502, body: "502 the target closed the connection without an answer\n" },
  },
  passesOn("an answer behind the answer", lengths, ofLength("5") + poison, "hello"),
  passesOn("an answer behind the last chunk", lengths, chunked(hello + end) + poison, "hello"),
  passesOn("an answer behind an empty one", lengths, ofLength("0", "") + poison, ""),
  passesOn("a line end too many", lengths, `${ofLength("5")}\r\n`, "hello"),
  passesOn("a length to HEAD", lengths, ofLength("5", ""), "", { method: "HEAD" }),
  passesOn("chunks to HEAD", lengths, chunked(""), "", { method: "HEAD" }),
  passesOn("a body to HEAD", lengths, ofLength("5"), "", { method: "HEAD" }),
  passesOn("an answer in the body to HEAD", lengths, ofLength(String(poison.length), poison), "", {
    method: "HEAD",
  }),
  passesOn("204", lengths, answer([], "", "HTTP/1.1 204 X"), "", { status: 204 }),
  passesOn("204 with a length", "RFC 9110 §8.6", answer(["content-length: 5"], "", "HTTP/1.1 204 X"), "", {
    status: 204,
  }),
  passesOn("204 with a body", lengths, answer(["content-length: 5"], "hello", "HTTP/1.1 204 X"), "", {
    status: 204,
  }),
  passesOn(
    "204 with chunks",
    coding,
    answer(["transfer-encoding: chunked"], hello + end, "HTTP/1.1 204 X"),
    "",
    { status: 204 },
  ),
  passesOn("304 with a length", lengths, answer(["content-length: 5"], "", "HTTP/1.1 304 X"), "", {
    status: 304,
  }),
  passesOn("304 with a body", lengths, answer(["content-length: 5"], "hello", "HTTP/1.1 304 X"), "", {
    status: 304,
  }),
  passesOn(
    "Connection: Content-Length",
    "RFC 9110 §7.6.1",
    answer(["connection: content-length", "content-length: 5"], "hello"),
    "hello",
  ),
];
