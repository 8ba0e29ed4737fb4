import { describe, expect, test } from "bun:test";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

/** A GET whose header lines are these, and only these. */
const get = (...lines: string[]) => `${["GET / HTTP/1.1", ...lines].join("\r\n")}\r\n\r\n`;
/** The same for a POST to `/` with a body. */
const post = (lines: readonly string[], body = "hello") =>
  `${["POST / HTTP/1.1", "host: t", ...lines].join("\r\n")}\r\n\r\n${body}`;
const start = (line: string) => `${line}\r\nhost: t\r\n\r\n`;

/** Requests that a smuggler sends, or whose meaning two readers might see differently (RFC 9112 §11.2). */
const refused: readonly (readonly [title: string, status: number, bytes: string])[] = [
  ["a length and chunks", 400, post(["content-length: 5", "transfer-encoding: chunked"], "0\r\n\r\n")],
  ["chunks and a length", 400, post(["transfer-encoding: chunked", "content-length: 5"], "0\r\n\r\n")],
  ["a length of 0 and chunks", 400, post(["content-length: 0", "transfer-encoding: chunked"], "0\r\n\r\n")],
  ["two equal lengths", 400, post(["content-length: 5", "Content-Length: 5"])],
  ["two lengths", 400, post(["content-length: 5", "content-length: 6"])],
  ["two lengths apart", 400, post(["content-length: 5", "x-a: b", "content-length: 5"])],
  ["a list of equal lengths", 400, post(["content-length: 5, 5"])],
  ["a list of lengths", 400, post(["content-length: 5,6"])],
  ["a length with a plus", 400, post(["content-length: +5"])],
  ["a length with a minus", 400, post(["content-length: -5"])],
  ["a length of minus 0", 400, post(["content-length: -0"])],
  ["a length in hexadecimal", 400, post(["content-length: 0x5"])],
  ["a length with letters behind", 400, post(["content-length: 5x"])],
  ["a length with a fraction", 400, post(["content-length: 5.0"])],
  ["a length with an exponent", 400, post(["content-length: 5e0"])],
  ["a length with a blank inside", 400, post(["content-length: 5 5"])],
  ["a length in quotes", 400, post(['content-length: "5"'])],
  ["an empty length", 400, post(["content-length:"])],
  ["a length of blanks", 400, post(["content-length: \t "])],
  ["a length of 16 digits", 400, post(["content-length: 1000000000000000"])],
  ["a length of 16 digits, all but one zero", 400, post(["content-length: 0000000000000005"])],
  ["a length beyond 64 bits", 400, post(["content-length: 18446744073709551621"])],
  ["a length with a no-break space", 400, post(["content-length: \xa05"])],
  ["a length of digits that are not ASCII", 400, post(["content-length: \xb2"])],

  ["an unknown coding", 400, post(["transfer-encoding: gzip"])],
  ["the identity coding", 400, post(["transfer-encoding: identity"])],
  ["an empty coding", 400, post(["transfer-encoding:"])],
  ["chunked behind another coding", 400, post(["transfer-encoding: gzip, chunked"], "0\r\n\r\n")],
  ["chunked before another coding", 400, post(["transfer-encoding: chunked, gzip"], "0\r\n\r\n")],
  ["chunked twice in a list", 400, post(["transfer-encoding: chunked, chunked"], "0\r\n\r\n")],
  ["chunked and a comma", 400, post(["transfer-encoding: chunked,"], "0\r\n\r\n")],
  ["chunked behind a comma", 400, post(["transfer-encoding: ,chunked"], "0\r\n\r\n")],
  ["chunked with a parameter", 400, post(["transfer-encoding: chunked;q=1"], "0\r\n\r\n")],
  ["chunked in quotes", 400, post(['transfer-encoding: "chunked"'], "0\r\n\r\n")],
  ["a word that begins like chunked", 400, post(["transfer-encoding: chunkedx"], "0\r\n\r\n")],
  ["a word that ends like chunked", 400, post(["transfer-encoding: xchunked"], "0\r\n\r\n")],
  ["chunked behind a vertical tab", 400, post(["transfer-encoding: \vchunked"], "0\r\n\r\n")],
  ["chunked behind a no-break space", 400, post(["transfer-encoding: \xa0chunked"], "0\r\n\r\n")],
  [
    "two lines of chunked",
    400,
    post(["transfer-encoding: chunked", "transfer-encoding: chunked"], "0\r\n\r\n"),
  ],
  [
    "two lines of codings",
    400,
    post(["transfer-encoding: chunked", "transfer-encoding: identity"], "0\r\n\r\n"),
  ],
  ["chunks in HTTP/1.0", 400, "POST / HTTP/1.0\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],

  ["a bare LF behind the request line", 400, "GET / HTTP/1.1\nhost: t\r\n\r\n"],
  ["a bare LF behind a header line", 400, "GET / HTTP/1.1\r\nhost: t\nx-a: b\r\n\r\n"],
  ["a bare LF at the end of the head", 400, "GET / HTTP/1.1\r\nhost: t\r\n\n"],
  ["a CR of its own at the end of the head", 400, "GET / HTTP/1.1\r\nhost: t\r\n\r\r\n\r\n"],
  ["bare LF only", 400, "GET / HTTP/1.1\nhost: t\n\n"],
  ["a bare LF before the request line", 400, start("\nGET / HTTP/1.1")],
  ["a bare CR in a value", 400, get("host: t", "x-a: b\rc: d")],
  ["a bare CR in a name", 400, get("host: t", "x\r-a: b")],
  ["a bare CR in the request line", 400, start("GET /\r HTTP/1.1")],
  ["a bare CR at a value's end", 400, get("host: t", "x-a: b\r")],
  ["a blank before the colon", 400, get("host : t")],
  ["a tab before the colon", 400, get("host: t", "x-a\t: b")],
  ["a blank before the colon of a length", 400, post(["content-length : 5"])],
  ["a blank before the first line", 400, start(" GET / HTTP/1.1")],
  ["a folded line", 400, get("host: t", "x-a: b", " c")],
  ["a line folded by a tab", 400, get("host: t", "x-a: b", "\tc")],
  ["a first header line that begins with a blank", 400, get(" host: t")],
  ["a line of one blank", 400, get("host: t", " ")],
  ["a folded coding", 400, post(["transfer-encoding:", " chunked"], "0\r\n\r\n")],
  ["no colon", 400, get("host: t", "x-a")],
  ["an empty name", 400, get("host: t", ": b")],
  ["a name that is no token", 400, get("host: t", "x(a): b")],
  ["a name with a letter that is not ASCII", 400, get("host: t", "x-\xe4: b")],
  ["a name in quotes", 400, get("host: t", '"x-a": b')],

  ["no Host", 400, get("x-a: b")],
  ["two Hosts", 400, get("host: t", "host: u")],
  ["two equal Hosts", 400, get("host: t", "Host: t")],
  ["a Host with a blank", 400, get("host: t u")],
  ["a Host with a user", 400, get("host: me@t")],
  ["a Host with a path", 400, get("host: t/x")],
  ["a Host with a list", 400, get("host: t, u")],
  ["a Host with a query", 400, get("host: t?x")],
  ["a Host with a fragment", 400, get("host: t#x")],
  ["a Host with a backslash", 400, get("host: t\\x")],
  ["a Host with letters for a port", 400, get("host: t:http")],
  ["a Host with two ports", 400, get("host: t:80:80")],
  ["a Host with a port of 65536", 400, get("host: t:65536")],
  ["a Host with a negative port", 400, get("host: t:-1")],
  ["a Host with an open bracket", 400, get("host: [::1")],
  ["a Host with words behind the bracket", 400, get("host: [::1]x")],

  ["an authority that contradicts Host", 400, "GET http://u/ HTTP/1.1\r\nhost: t\r\n\r\n"],
  ["an authority with another port than Host", 400, "GET http://t:81/ HTTP/1.1\r\nhost: t\r\n\r\n"],
  ["an authority with a user", 400, "GET http://me@t/ HTTP/1.1\r\nhost: t\r\n\r\n"],
  ["an authority that is empty", 400, "GET http:/// HTTP/1.1\r\nhost: t\r\n\r\n"],
  ["a target without a slash", 400, start("GET x HTTP/1.1")],
  ["a target with a byte over 0x7E", 400, start("GET /\xe4 HTTP/1.1")],
  ["no target", 400, start("GET HTTP/1.1")],
  ["an empty target", 400, start("GET  HTTP/1.1")],
  ["two blanks before the target", 400, start("GET  / HTTP/1.1")],
  ["two blanks before the version", 400, start("GET /  HTTP/1.1")],
  ["a tab for a blank", 400, start("GET\t/ HTTP/1.1")],
  ["a blank in the target", 400, start("GET /a b HTTP/1.1")],
  ["a blank behind the version", 400, start("GET / HTTP/1.1 ")],
  ["no version", 400, start("GET /")],
  ["an empty method", 400, start(" / HTTP/1.1")],
  ["a method that is no token", 400, start("GE(T / HTTP/1.1")],
  ["a version in lower case", 400, start("GET / http/1.1")],
  ["another protocol's name", 400, start("GET / ICY/1.1")],
  ["a version without a minor", 400, start("GET / HTTP/1")],
  ["a version of two digits", 400, start("GET / HTTP/1.10")],

  ["HTTP/1.2", 505, start("GET / HTTP/1.2")],
  ["HTTP/0.9", 505, start("GET / HTTP/0.9")],
  ["HTTP/2.0", 505, start("GET / HTTP/2.0")],
  ["the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["CONNECT", 405, "CONNECT t:443 HTTP/1.1\r\nhost: t:443\r\n\r\n"],
  ["an unknown expectation", 417, post(["expect: tea", "content-length: 5"])],
  ["an expectation besides 100-continue", 417, post(["expect: 100-continue, tea", "content-length: 5"])],
];

describe("the wire edge answers a request with", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [title, status, bytes] of refused) {
    test(`${title} with ${status} and closes, and no target sees it nor what follows`, async () => {
      const scene = await open(ok);
      scene.client.send(`${bytes}${requestText("GET", "/smuggled")}`);
      const answer = await scene.client.answer();
      expect([answer.status, valuesOf(answer, "connection")]).toEqual([status, ["close"]]);
      await scene.client.closed();
      expect(scene.client.received.toString("latin1")).toBe("");
      expect(scene.origin.connections).toEqual([]);
      expect(await finish(scene)).toMatchObject([{ status, attempts: 0 }]);
    });
  }

  test("nothing but bare LF with 400 at once, though no head can end so", async () => {
    const scene = await open(ok);
    scene.client.send("GET / HTTP/1.1\nhost: t\n\n");
    expect((await scene.client.answer()).status).toBe(400);
    await scene.client.closed();
    await finish(scene);
  });
});
