import { butServe, got, head, passes, type RequestCase, refused, smuggled } from "./request-case.ts";

const line = "RFC 9112 §3";
const method = "RFC 9112 §3.1";
const target = "RFC 9112 §3.2";
const version = "RFC 9112 §2.3";
const raw = (requestLine: string, rest = "host: t\r\n\r\n") => `${requestLine}\r\n${rest}`;

/** `Bun.serve` looks for the version first, and does not find it. */
const unread = (name: string, rfc: string, bytes: string) =>
  butServe(refused(name, rfc, bytes), "Bun finds no version it knows", { end: 505 });
const hostWins = "Bun hides the authority of an absolute target; the target is given Host alone";

/** Methods, targets and versions, and what is no HTTP/1 at all. */
export const requestLineCases: readonly RequestCase[] = [
  passes("a path with a query", target, head("GET /a?b=c"), got({ target: "/a?b=c" })),
  passes("a path in percents", target, head("GET /%0d%0ax:%20y"), got({ target: "/%0d%0ax:%20y" })),
  passes("a path that begins with two slashes", target, head("GET //u/a"), got({ target: "//u/a" })),
  butServe(
    passes("a method that nobody knows", "RFC 9110 §9.1", head("SMUGGLE /a"), got({ method: "SMUGGLE" })),
    "Bun closes on a method that it does not know",
    { end: "closed" },
  ),
  butServe(
    passes("a method in small letters", "RFC 9110 §9.1", head("get /a"), got({ method: "get" })),
    "Bun closes on a method that it does not know",
    { end: "closed" },
  ),
  refused("no method", method, raw(" /a HTTP/1.1")),
  refused("a method in brackets", method, raw("(GET) /a HTTP/1.1")),
  refused("a method with a colon", method, raw("GET: /a HTTP/1.1")),
  unread("a method with a NUL", method, raw("GE\0T /a HTTP/1.1")),
  unread("a method over ASCII", method, raw("G\xc9T /a HTTP/1.1")),
  unread("a tab behind the method", line, raw("GET\t/a HTTP/1.1")),
  refused("two blanks behind the method", line, raw("GET  /a HTTP/1.1")),
  unread("a vertical tab behind the method", line, raw("GET\x0b/a HTTP/1.1")),
  unread("two blanks behind the target", line, raw("GET /a  HTTP/1.1")),
  unread("a tab behind the target", line, raw("GET /a\tHTTP/1.1")),
  unread("a blank behind the version", line, raw("GET /a HTTP/1.1 ")),
  unread("a second version", line, raw("GET /a HTTP/1.1 HTTP/1.1")),
  unread("a blank in the target", target, raw("GET /a b HTTP/1.1")),
  unread("a request in the target", target, raw("GET /a HTTP/1.1\nhost: t\n\nGET /smuggled HTTP/1.1")),
  unread("a bare CR in the target", target, raw("GET /a\rb HTTP/1.1")),
  unread("a NUL in the target", target, raw("GET /a\0b HTTP/1.1")),
  butServe(refused("a DEL in the target", target, raw("GET /a\x7fb HTTP/1.1")), "Bun writes it in percents", {
    passed: [got({ target: "/a%7Fb" })],
    end: "open",
  }),
  butServe(
    refused("UTF-8 in the target", target, raw("GET /\xc3\xa0 HTTP/1.1")),
    "Bun writes it in percents",
    { passed: [got({ target: "/%C3%A0" })], end: "open" },
  ),
  refused("no target", target, raw("GET HTTP/1.1")),
  refused("an empty target", target, raw("GET  HTTP/1.1")),
  refused("a target without a slash", target, raw("GET a HTTP/1.1")),
  refused("a target that is a backslash", target, raw("GET \\a HTTP/1.1")),
  refused("a target with another scheme", "RFC 9112 §3.2.2", raw("GET ftp://t/a HTTP/1.1")),
  refused("a target with a scheme alone", "RFC 9112 §3.2.2", raw("GET http:/a HTTP/1.1")),
  refused("an authority for a target", "RFC 9112 §3.2.3", raw("GET t:80 HTTP/1.1")),
  refused("an asterisk for GET", "RFC 9112 §3.2.4", raw("GET * HTTP/1.1")),
  refused("CONNECT", "RFC 9110 §9.3.6", raw("CONNECT t:443 HTTP/1.1"), 405),
  refused("CONNECT to a path", "RFC 9110 §9.3.6", raw("CONNECT /a HTTP/1.1"), 405),
  passes("an absolute target", "RFC 9112 §3.2.2", head("GET http://t/a"), got()),
  passes("an absolute target without a path", "RFC 9112 §3.2.2", head("GET http://t"), got({ target: "/" })),
  butServe(
    refused("an absolute target for another host", "RFC 9112 §3.2.2", head("GET http://u/a")),
    hostWins,
    { passed: [got()], end: "open" },
  ),
  butServe(refused("an absolute target with a user", "RFC 9110 §4.2.4", head("GET http://t@u/a")), hostWins, {
    passed: [got()],
    end: "open",
  }),
  butServe(refused("an absolute target without a host", "RFC 9110 §4.2.1", head("GET http:///a")), hostWins, {
    passed: [got()],
    end: "open",
  }),
  butServe(
    refused("an absolute target for another port", "RFC 9112 §3.2.2", head("GET http://t:81/a")),
    hostWins,
    { passed: [got()], end: "open" },
  ),
  passes("a fragment, which is left out", "RFC 9112 §3.2.1", head("GET /a#b"), got()),
  {
    name: "HTTP/0.9",
    rfc: version,
    bytes: "GET /a\r\n",
    expected: { passed: [], end: "waits" },
    serve: { expected: { passed: [], end: 505 }, why: "Bun finds no version it knows" },
  },
  unread("HTTP/0.9 with fields", version, "GET /a\r\nhost: t\r\n\r\n"),
  refused("HTTP/0.9 by name", version, raw("GET /a HTTP/0.9"), 505),
  refused("HTTP/1.2", version, raw("GET /a HTTP/1.2"), 505),
  refused("HTTP/2.0", version, raw("GET /a HTTP/2.0"), 505),
  refused("HTTP/3.0", version, raw("GET /a HTTP/3.0"), 505),
  refused("HTTP/9.9", version, raw("GET /a HTTP/9.9"), 505),
  unread("HTTP/1.10", version, raw("GET /a HTTP/1.10")),
  unread("HTTP/01.1", version, raw("GET /a HTTP/01.1")),
  unread("HTTP/11", version, raw("GET /a HTTP/11")),
  refused("HTTP/1,1", version, raw("GET /a HTTP/1,1"), 505),
  unread("HTTP/1.", version, raw("GET /a HTTP/1.")),
  unread("HTTP/1.1x", version, raw("GET /a HTTP/1.1x")),
  unread("http in small letters", version, raw("GET /a http/1.1")),
  unread("HTTPS/1.1", version, raw("GET /a HTTPS/1.1")),
  unread("a version of another protocol", version, raw("GET /a RTSP/1.0")),
  butServe(
    passes(
      "HTTP/1.0 with a length",
      version,
      "POST /a HTTP/1.0\r\nhost: t\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nhello",
      got({ method: "POST", body: "hello" }),
    ),
    "Bun keeps no connection of HTTP/1.0",
    { passed: [got({ method: "POST", body: "hello" })], end: "closed" },
  ),
  butServe(
    refused(
      "the preface of HTTP/2",
      "RFC 9113 §3.4",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
      505,
    ),
    "Bun does not look at its version",
    { end: 400 },
  ),
  refused("a TLS hello", line, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"),
  unread("a request line that ends in LF", "RFC 9112 §2.2", "GET /a HTTP/1.1\nhost: t\r\n\r\n"),
  unread("a request line that ends in CR", "RFC 9112 §2.2", "GET /a HTTP/1.1\rhost: t\r\n\r\n"),
  unread("lines that all end in LF", "RFC 9112 §2.2", "GET /a HTTP/1.1\nhost: t\n\n"),
  unread("a line that ends in CR CR LF", "RFC 9112 §2.2", "GET /a HTTP/1.1\r\r\nhost: t\r\n\r\n"),
  butServe(
    passes("an empty line before the request", "RFC 9112 §2.2", `\r\n${head("GET /a")}`, got()),
    "Bun takes no empty line",
    { end: 400 },
  ),
  refused("an LF before the request", "RFC 9112 §2.2", `\n${head("GET /a")}`),
  refused("a blank before the request", line, ` ${head("GET /a")}`),
  refused("a byte order mark before the request", line, `\xef\xbb\xbf${head("GET /a")}`),
  refused("a NUL before the request", line, `\0${head("GET /a")}`),
  refused("empty lines without end", "RFC 9112 §2.2", "\r\n".repeat(20_000)),
  butServe(
    refused("a target of 60 KiB", target, head(`GET /${"a".repeat(61_440)}`), 414),
    "Bun has one limit for the whole head",
    { end: 431 },
  ),
  refused("a method of 60 KiB", method, head(`${"A".repeat(61_440)} /a`), 431),
  {
    name: "two requests, one behind the other",
    rfc: "RFC 9112 §9.3.2",
    bytes: head("GET /a") + smuggled,
    expected: { passed: [got(), got({ target: "/smuggled" })], end: "open" },
    serve: {
      why: "Bun closes a connection that carries a request while an answer is pending",
      expected: { passed: [got()], end: "closed", mayBeGivenUp: true },
    },
  },
];
