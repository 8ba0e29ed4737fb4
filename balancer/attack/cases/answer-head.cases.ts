import { type AnswerCase, answer, invalid, passesOn, poison } from "./answer-case.ts";

const statusLine = "RFC 9112 §4";
const lines = "RFC 9112 §2.2";
const colon = "RFC 9112 §5.1";
const value = "RFC 9110 §5.5";
const interim = "RFC 9110 §15.2";
const whole = ["content-length: 5"];
const withStatusLine = (text: string) => answer(whole, "hello", text);
const withField = (text: string) => answer([text, ...whole], "hello");
const early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";

/** Status lines, fields, splitting, and interim answers. */
export const answerHeadCases: readonly AnswerCase[] = [
  passesOn("an answer", statusLine, withStatusLine("HTTP/1.1 200 OK"), "hello"),
  passesOn("no reason", statusLine, withStatusLine("HTTP/1.1 200 "), "hello"),
  passesOn("no blank behind the status", statusLine, withStatusLine("HTTP/1.1 200"), "hello"),
  passesOn("a status that nobody knows", "RFC 9110 §15", withStatusLine("HTTP/1.1 299 X"), "hello", {
    status: 299,
  }),
  passesOn("HTTP/1.0", "RFC 9112 §2.3", withStatusLine("HTTP/1.0 200 OK"), "hello"),
  invalid("no status line", statusLine, "hello\r\n\r\n"),
  invalid("HTTP/0.9", "RFC 9112 §2.3", "<html>hello</html>\r\n\r\n"),
  invalid("another protocol", statusLine, "220 mail ESMTP\r\n\r\n"),
  invalid("a TLS alert", statusLine, "\x15\x03\x01\0\x02\x02\x46\r\n\r\n"),
  invalid("a preface of HTTP/2", "RFC 9113 §3.4", "\0\0\x12\x04\0\0\0\0\0\r\n\r\n"),
  invalid("HTTP/2", "RFC 9112 §2.3", withStatusLine("HTTP/2 200")),
  invalid("HTTP/1.2", "RFC 9112 §2.3", withStatusLine("HTTP/1.2 200 OK")),
  invalid("HTTP/1.10", "RFC 9112 §2.3", withStatusLine("HTTP/1.10 200 OK")),
  invalid("http in small letters", "RFC 9112 §2.3", withStatusLine("http/1.1 200 OK")),
  invalid("ICY", statusLine, withStatusLine("ICY 200 OK")),
  invalid("a blank before the version", statusLine, withStatusLine(" HTTP/1.1 200 OK")),
  invalid("two blanks before the status", statusLine, withStatusLine("HTTP/1.1  200 OK")),
  invalid("a tab before the status", statusLine, withStatusLine("HTTP/1.1\t200 OK")),
  invalid("a status of two digits", "RFC 9110 §15", withStatusLine("HTTP/1.1 20 OK")),
  invalid("a status of four digits", "RFC 9110 §15", withStatusLine("HTTP/1.1 2000 OK")),
  invalid("a status of 0", "RFC 9110 §15", withStatusLine("HTTP/1.1 000 OK")),
  invalid("a status of 600", "RFC 9110 §15", withStatusLine("HTTP/1.1 600 OK")),
  invalid("a status of 999", "RFC 9110 §15", withStatusLine("HTTP/1.1 999 OK")),
  invalid("a status with a sign", "RFC 9110 §15", withStatusLine("HTTP/1.1 +20 OK")),
  invalid("a status that is a word", "RFC 9110 §15", withStatusLine("HTTP/1.1 two OK")),
  invalid("a reason with a NUL", statusLine, withStatusLine("HTTP/1.1 200 O\0K")),
  invalid("a reason with a bare CR", lines, withStatusLine("HTTP/1.1 200 OK\rset-cookie: a=b")),
  invalid("a reason with a bare LF", lines, withStatusLine("HTTP/1.1 200 OK\nset-cookie: a=b")),
  invalid("an empty line before the answer", lines, `\r\n${withStatusLine("HTTP/1.1 200 OK")}`),
  invalid("lines that end in LF", lines, "HTTP/1.1 200 OK\ncontent-length: 5\n\nhello\r\n\r\n"),
  invalid("response splitting by bare LFs", lines, withField(`x-a: b\n\n${poison}`)),
  invalid("response splitting by bare CRs", lines, withField("x-a: b\r\rHTTP/1.1 200 OK")),
  invalid("a field behind a bare LF", lines, withField("location: /\nset-cookie: a=b")),
  invalid("a field behind a bare CR", lines, withField("location: /\rset-cookie: a=b")),
  invalid("a NUL in a value", value, withField("x-a: b\0c")),
  invalid("a bell in a value", value, withField("x-a: \x07")),
  invalid("a DEL in a value", value, withField("x-a: \x7f")),
  invalid("a NUL in a name", value, withField("x\0a: b")),
  invalid("a blank in a name", colon, withField("x a: b")),
  invalid("a blank before the colon", colon, withField("x-a : b")),
  invalid("a blank before the name", "RFC 9112 §5.2", withField(" x-a: b")),
  invalid("no name", colon, withField(": b")),
  invalid("no colon", colon, withField("x-a")),
  invalid("a folded value", "RFC 9112 §5.2", withField("x-a: b\r\n c")),
  invalid("a name over ASCII", colon, withField("x-\xe9: b")),
  invalid("an answer for a field's name", colon, withField("HTTP/1.1 200 OK")),
  passesOn("a value over ASCII", value, withField("x-a: voil\xe0"), "hello"),
  passesOn("two cookies", "RFC 6265 §3", withField("set-cookie: a=1\r\nset-cookie: b=2"), "hello"),
  invalid("a head of 70 KiB", "RFC 6585 §5", withField(`x-a: ${"b".repeat(70_000)}`)),
  invalid("a head that never ends", "RFC 6585 §5", `HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(9000)}`),
  passesOn("an interim answer before", interim, early + answer(whole, "hello"), "hello"),
  passesOn(
    "100 that nobody waits for",
    interim,
    `HTTP/1.1 100 Continue\r\n\r\n${answer(whole, "hello")}`,
    "hello",
  ),
  passesOn("a dozen interim answers", interim, early.repeat(12) + answer(whole, "hello"), "hello"),
  passesOn(
    "an interim answer with a length",
    interim,
    `HTTP/1.1 103 X\r\ncontent-length: 3\r\n\r\n${answer(whole, "hello")}`,
    "hello",
  ),
  invalid("a flood of interim answers", interim, early.repeat(5000)),
  invalid("a flood of 100", interim, "HTTP/1.1 100 Continue\r\n\r\n".repeat(5000)),
  invalid(
    "an interim answer with a bare LF",
    lines,
    `HTTP/1.1 103 X\r\nx-a: b\nc: d\r\n\r\n${answer(whole, "hello")}`,
  ),
  invalid(
    "101 that nobody asked for",
    "RFC 9110 §15.2.2",
    answer(["upgrade: websocket", "connection: upgrade"], "", "HTTP/1.1 101 X"),
  ),
  invalid(
    "101 behind an interim answer",
    "RFC 9110 §15.2.2",
    early + answer(["upgrade: h2c", "connection: upgrade"], "", "HTTP/1.1 101 X"),
  ),
];
