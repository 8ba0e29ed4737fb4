import { got, type Meaning, posted, smuggled } from "../cases/request-case.ts";
import type { HeaderField } from "./frames.ts";

/** A request in the fields and content of HTTP/2, and what has to come of it once it is one of HTTP/1.1. */
export interface Http2Case {
  readonly name: string;
  /** Where the rule stands. */
  readonly rfc: string;
  readonly fields: readonly HeaderField[];
  readonly body?: string;
  /** A status, or how the stream or connection ends without one. */
  readonly outcome: number | "reset" | "closed";
  readonly passed?: Meaning;
}

type Pseudo = Readonly<Record<string, string | undefined>>;

function pseudo(changes: Pseudo): HeaderField[] {
  const all: Pseudo = { ":method": "GET", ":scheme": "https", ":authority": "t", ":path": "/a", ...changes };
  return Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
}

const reset = (name: string, rfc: string, fields: readonly HeaderField[], body?: string): Http2Case => ({
  name,
  rfc,
  fields,
  ...(body !== undefined && { body }),
  outcome: "reset",
});
const passes = (
  name: string,
  rfc: string,
  fields: readonly HeaderField[],
  passed: Meaning,
  body?: string,
): Http2Case => ({
  ...reset(name, rfc, fields, body),
  outcome: 200,
  passed,
});
const withField = (name: string, value: string): HeaderField[] => [...pseudo({}), [name, value]];
const post = (...fields: readonly HeaderField[]): HeaderField[] => [
  ...pseudo({ ":method": "POST" }),
  ...fields,
];

const length = "RFC 9113 §8.1.1";
const name = "RFC 9113 §8.2.1";
const hop = "RFC 9113 §8.2.2";
const line = "RFC 9113 §8.3.1";

/** H2.CL, H2.TE, and all that could become a line of its own when it is written as HTTP/1.1. */
export const http2Cases: readonly Http2Case[] = [
  passes("a GET", line, pseudo({}), got()),
  passes("a body without a length", length, post(), posted("hello"), "hello"),
  passes("a body with its length", length, post(["content-length", "5"]), posted("hello"), "hello"),
  passes("a body that is a request", length, post(), posted(smuggled), smuggled),
  passes("a GET with a request for a body", "RFC 9110 §9.3.1", pseudo({}), got(), smuggled),
  passes(
    "a HEAD with a request for a body",
    "RFC 9110 §9.3.2",
    pseudo({ ":method": "HEAD" }),
    got({ method: "HEAD" }),
    smuggled,
  ),
  {
    ...reset("H2.CL: a length of 0 and a request", length, post(["content-length", "0"]), smuggled),
    passed: posted(""),
  },
  reset("H2.CL: a length that is too long", length, post(["content-length", "50"]), "hello"),
  reset("two lengths", length, post(["content-length", "5"], ["content-length", "0"]), "hello"),
  reset("a list of lengths", length, post(["content-length", "5, 5"]), "hello"),
  reset("a length with a plus", length, post(["content-length", "+5"]), "hello"),
  reset("a GET with a length and no body", length, withField("content-length", "35")),
  reset("H2.TE: chunked", hop, post(["transfer-encoding", "chunked"]), `0\r\n\r\n${smuggled}`),
  reset("H2.TE: identity", hop, post(["transfer-encoding", "identity"]), "hello"),
  reset("TE: gzip", hop, withField("te", "gzip")),
  passes("TE: trailers", hop, withField("te", "trailers"), got()),
  reset("Connection", hop, withField("connection", "close")),
  reset("Keep-Alive", hop, withField("keep-alive", "timeout=5")),
  reset("Proxy-Connection", hop, withField("proxy-connection", "close")),
  reset("Upgrade", hop, withField("upgrade", "h2c")),
  reset("CR LF in a value", name, withField("x-a", "b\r\ntransfer-encoding: chunked")),
  reset("LF in a value", name, withField("x-a", "b\nc: d")),
  reset("CR in a value", name, withField("x-a", "b\rc")),
  reset("NUL in a value", name, withField("x-a", "b\0c")),
  reset("a bell in a value", name, withField("x-a", "b\x07c")),
  reset("a blank before a value", name, withField("x-a", " b")),
  reset("CR LF in a name", name, withField("x-a: b\r\ntransfer-encoding", "chunked")),
  reset("a colon in a name", name, withField("x-a: b", "c")),
  reset("a capital in a name", name, withField("X-A", "b")),
  reset("a blank in a name", name, withField("x a", "b")),
  reset("a DEL in a name", name, withField("x\x7f", "b")),
  reset("a name over ASCII", name, withField("x\xe9", "b")),
  { ...reset("no name", name, withField("", "b")), outcome: "closed" },
  reset(
    "a request in the path",
    line,
    pseudo({ ":path": "/a HTTP/1.1\r\nhost: t\r\n\r\nGET /smuggled HTTP/1.1\r\nx: y" }),
  ),
  reset("a blank in the path", line, pseudo({ ":path": "/a b" })),
  reset("a tab in the path", line, pseudo({ ":path": "/a\tb" })),
  reset("a NUL in the path", line, pseudo({ ":path": "/a\0b" })),
  reset("an empty path", line, pseudo({ ":path": "" })),
  reset("a path without a slash", line, pseudo({ ":path": "a" })),
  reset("a URL for a path", line, pseudo({ ":path": "http://u/a" })),
  reset("an asterisk for GET", line, pseudo({ ":path": "*" })),
  passes("a fragment, which is left out", line, pseudo({ ":path": "/a#b" }), got()),
  reset("no path", line, pseudo({ ":path": undefined })),
  reset("two paths", "RFC 9113 §8.3", withField(":path", "/smuggled")),
  reset(
    "a request in the method",
    line,
    pseudo({ ":method": "GET /smuggled HTTP/1.1\r\nhost: t\r\n\r\nGET" }),
  ),
  reset("an empty method", line, pseudo({ ":method": "" })),
  reset("no method", line, pseudo({ ":method": undefined })),
  reset("two methods", "RFC 9113 §8.3", withField(":method", "POST")),
  { ...reset("a method that nobody knows", "RFC 9110 §9.1", pseudo({ ":method": "SMUGGLE" })), outcome: 501 },
  reset("CONNECT with a path", "RFC 9113 §8.5", pseudo({ ":method": "CONNECT" })),
  reset("CONNECT by a protocol", "RFC 8441 §4", [
    ...pseudo({ ":method": "CONNECT" }),
    [":protocol", "websocket"],
  ]),
  reset("a field in the authority", line, pseudo({ ":authority": "t\r\nx: y" })),
  { ...reset("a blank in the authority", line, pseudo({ ":authority": "t u" })), outcome: 400 },
  { ...reset("a path in the authority", line, pseudo({ ":authority": "t/x" })), outcome: 400 },
  { ...reset("a port over 65535", line, pseudo({ ":authority": "t:99999" })), outcome: 400 },
  reset("a user in the authority", line, pseudo({ ":authority": "u@t" })),
  reset("an empty authority", line, pseudo({ ":authority": "" })),
  reset("neither authority nor Host", line, pseudo({ ":authority": undefined })),
  passes("Host for the authority", line, [...pseudo({ ":authority": undefined }), ["host", "t"]], got()),
  passes("Host beside an equal authority", line, withField("host", "t"), got()),
  reset("Host beside another authority", line, withField("host", "u")),
  reset("two hosts", line, [...pseudo({ ":authority": undefined }), ["host", "t"], ["host", "u"]]),
  reset("a field in the scheme", line, pseudo({ ":scheme": "https\r\nx: y" })),
  reset("no scheme", line, pseudo({ ":scheme": undefined })),
  reset("a pseudo-header that nobody knows", "RFC 9113 §8.3", withField(":foo", "b")),
  reset("a pseudo-header of answers", "RFC 9113 §8.3", withField(":status", "200")),
  reset("a pseudo-header behind a field", "RFC 9113 §8.3", [
    ...pseudo({ ":path": undefined }),
    ["x-a", "b"],
    [":path", "/a"],
  ]),
  {
    ...reset("an expectation that nobody knows", "RFC 9110 §10.1.1", post(["expect", "x"]), "hello"),
    outcome: 417,
  },
  passes(
    "a coding with an underscore in its name",
    "RFC 9110 §5.1",
    post(["transfer_encoding", "chunked"]),
    posted("hello"),
    "hello",
  ),
  passes("several cookies", "RFC 9113 §8.2.3", [...pseudo({}), ["cookie", "a=1"], ["cookie", "b=2"]], got()),
];
