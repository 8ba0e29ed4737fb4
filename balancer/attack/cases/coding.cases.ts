import { get, got, passes, post, posted, type RequestCase, refused, smuggled } from "./request-case.ts";

const coding = "RFC 9112 §6.1";
const both = "RFC 9112 §6.3";
const token = "RFC 9110 §5.6.2";
const chunks = "5\r\nhello\r\n0\r\n\r\n";
const coded = (text: string) => post([`transfer-encoding: ${text}`], chunks);

/** `Transfer-Encoding`, alone and beside a length: CL.TE, TE.CL and TE.TE. */
export const codingCases: readonly RequestCase[] = [
  passes("chunked", coding, coded("chunked"), posted("hello")),
  passes("chunked in capitals", "RFC 9112 §7", coded("CHUNKED"), posted("hello")),
  passes("chunked among blanks", "RFC 9110 §5.5", coded(" \tchunked\t "), posted("hello")),
  passes(
    "a name in unlike case",
    "RFC 9110 §5.1",
    post(["tRaNsFeR-eNcOdInG: chunked"], chunks),
    posted("hello"),
  ),
  refused(
    "CL.TE: a length that hides a request behind the last chunk",
    both,
    post([`content-length: ${5 + smuggled.length}`, "transfer-encoding: chunked"], `0\r\n\r\n${smuggled}`),
  ),
  refused(
    "TE.CL: a length that ends in the first chunk",
    both,
    post(
      ["content-length: 4", "transfer-encoding: chunked"],
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ),
  ),
  refused(
    "a coding before a length",
    both,
    post(["transfer-encoding: chunked", "content-length: 5"], `0\r\n\r\n${smuggled}`),
  ),
  refused(
    "a length of 0 and chunks",
    both,
    post(["content-length: 0", "transfer-encoding: chunked"], chunks),
  ),
  refused("an empty coding", coding, coded("")),
  refused("an empty coding and a length", coding, post(["transfer-encoding:", "content-length: 5"], "hello")),
  refused("identity", "RFC 9112 §7", coded("identity")),
  refused("identity and a length", both, post(["transfer-encoding: identity", "content-length: 5"], "hello")),
  refused("gzip alone", coding, coded("gzip")),
  refused("gzip, chunked", coding, coded("gzip, chunked")),
  refused("chunked, gzip", coding, coded("chunked, gzip")),
  refused("chunked, identity", coding, coded("chunked, identity")),
  refused("identity, chunked", coding, coded("identity, chunked")),
  refused("chunked twice in a list", coding, coded("chunked, chunked")),
  refused("chunked and an empty item", coding, coded("chunked,")),
  refused("an empty item and chunked", coding, coded(", chunked")),
  refused("chunked with a parameter", coding, coded("chunked;q=1")),
  refused("chunked with a semicolon", coding, coded("chunked;")),
  refused("chunked in quotes", token, coded('"chunked"')),
  refused("chunked in single quotes", token, coded("'chunked'")),
  refused("chunked behind a letter", token, coded("xchunked")),
  refused("chunked before a letter", token, coded("chunkedx")),
  refused("chunked cut short", token, coded("chunke")),
  refused("chunked with a blank inside", token, coded("chun ked")),
  refused("chunked behind a colon", token, post(["transfer-encoding:: chunked"], chunks)),
  refused("chunked behind an equals sign", token, post(["transfer-encoding: =chunked"], chunks)),
  refused("chunked behind a vertical tab", "RFC 9110 §5.5", coded("\x0bchunked")),
  refused("chunked before a form feed", "RFC 9110 §5.5", coded("chunked\x0c")),
  refused("chunked behind a NUL", "RFC 9110 §5.5", coded("\0chunked")),
  refused("chunked before a NUL", "RFC 9110 §5.5", coded("chunked\0")),
  refused("chunked before a backspace", "RFC 9110 §5.5", coded("chunkedx\x08")),
  refused("chunked before a bare CR", "RFC 9112 §2.2", coded("chunked\r")),
  refused("chunked behind a bare CR", "RFC 9112 §2.2", coded("x\rchunked")),
  refused("chunked behind a bare LF", "RFC 9112 §2.2", coded("x\nchunked")),
  refused("chunked behind a no-break space", "RFC 9110 §5.5", coded("\xa0chunked")),
  refused("chunked in Latin-1 disguise", token, coded("chun\xebed")),
  refused("chunked with a Kelvin sign for its k", token, coded("chun\xe2\x84\xaaed")),
  refused("a blank before the colon", "RFC 9112 §5.1", post(["transfer-encoding : chunked"], chunks)),
  refused("a tab before the colon", "RFC 9112 §5.1", post(["transfer-encoding\t: chunked"], chunks)),
  refused("a blank before the name", "RFC 9112 §5.2", post([" transfer-encoding: chunked"], chunks)),
  refused("a folded coding", "RFC 9112 §5.2", post(["transfer-encoding:", " chunked"], chunks)),
  refused(
    "a folded coding behind another field",
    "RFC 9112 §5.2",
    post(["x-a: b", "\ttransfer-encoding: chunked"], chunks),
  ),
  refused(
    "two codings: chunked, chunked",
    coding,
    post(["transfer-encoding: chunked", "transfer-encoding: chunked"], chunks),
  ),
  refused(
    "two codings: chunked, identity",
    coding,
    post(["transfer-encoding: chunked", "transfer-encoding: identity"], chunks),
  ),
  refused(
    "two codings: x, chunked",
    coding,
    post(["transfer-encoding: x", "Transfer-Encoding: chunked"], chunks),
  ),
  refused("a coding behind a bare LF", "RFC 9112 §2.2", post(["x-a: b\ntransfer-encoding: chunked"], chunks)),
  refused("a coding behind a bare CR", "RFC 9112 §2.2", post(["x-a: b\rtransfer-encoding: chunked"], chunks)),
  refused("a coding behind a NUL", "RFC 9110 §5.5", post(["x-a: b\0transfer-encoding: chunked"], chunks)),
  refused(
    "a coding in HTTP/1.0",
    coding,
    `POST /a HTTP/1.0\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`,
  ),
  refused(
    "a coding and a length in HTTP/1.0",
    coding,
    `POST /a HTTP/1.0\r\nhost: t\r\ncontent-length: 15\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`,
  ),
  passes(
    "a coding with an underscore in its name beside a length",
    "RFC 9110 §5.1",
    post(["content-length: 5", "transfer_encoding: chunked"], "hello"),
    posted("hello"),
  ),
  passes(
    "a field whose name only begins as one",
    "RFC 9110 §5.1",
    post(["content-length: 5", "transfer-encoding-x: chunked"], "hello"),
    posted("hello"),
  ),
  passes(
    "a GET with an empty chunked body",
    "RFC 9110 §9.3.1",
    get(["transfer-encoding: chunked"], "0\r\n\r\n"),
    got(),
  ),
];
