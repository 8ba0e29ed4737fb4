import { get, got, passes, post, posted, type RequestCase, refused, smuggled } from "./request-case.ts";

const connection = "RFC 9110 §7.6.1";
const upgrade = "RFC 9110 §7.8";
const expectation = "RFC 9110 §10.1.1";
const settings = "http2-settings: AAMAAABkAARAAAAAAAIAAAAA";

/** What ends at this hop, and what would have it end too early: `Connection`, `Upgrade`, `Expect`, hop fields. */
export const hopCases: readonly RequestCase[] = [
  passes("Connection: Host", connection, get(["connection: host"]), got()),
  passes(
    "Connection: Content-Length",
    connection,
    post(["connection: content-length", "content-length: 5"], "hello"),
    posted("hello"),
  ),
  passes(
    "Connection: Transfer-Encoding",
    connection,
    post(["connection: transfer-encoding", "transfer-encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
    posted("hello"),
  ),
  passes(
    "Connection: keep-alive, Content-Length",
    connection,
    post(["connection: keep-alive, content-length", `content-length: ${smuggled.length}`], smuggled),
    posted(smuggled),
  ),
  passes(
    "Connection on two lines",
    connection,
    post(["connection: keep-alive", "connection: content-length", "content-length: 5"], "hello"),
    posted("hello"),
  ),
  passes(
    "Connection: X-Forwarded-For",
    connection,
    get(["connection: x-forwarded-for", "x-forwarded-for: 1.2.3.4"]),
    got(),
  ),
  passes("Connection: Via", connection, get(["connection: via"]), got()),
  passes("Connection: a list of rubbish", connection, get(["connection: ,,a b,\x80,;,"]), got()),
  passes("Connection: empty", connection, get(["connection:"]), got()),
  passes(
    "Keep-Alive and Proxy-Connection",
    connection,
    get(["keep-alive: timeout=5", "proxy-connection: close"]),
    got(),
  ),
  passes(
    "fields with underscores for hyphens",
    "RFC 9110 §5.1",
    get(["x_forwarded_for: 1.2.3.4", "transfer_encoding: chunked"]),
    got(),
  ),
  passes(
    "Upgrade: h2c",
    "RFC 9113 §3.1",
    get(["connection: upgrade, http2-settings", "upgrade: h2c", settings]),
    got(),
  ),
  passes(
    "Upgrade: h2c, with a body",
    "RFC 9113 §3.1",
    post(["connection: upgrade, http2-settings", "upgrade: h2c", settings, "content-length: 5"], "hello"),
    posted("hello"),
  ),
  passes("Upgrade: h2c without being named in Connection", upgrade, get(["upgrade: h2c", settings]), got()),
  passes("Upgrade: h2", "RFC 9113 §3.1", get(["connection: upgrade", "upgrade: h2"]), got()),
  passes("Upgrade: TLS/1.0, which nobody asked to tunnel", "RFC 2817 §3", get(["upgrade: TLS/1.0"]), got()),
  passes(
    "Upgrade with a body",
    upgrade,
    post(["connection: upgrade", "upgrade: websocket", "content-length: 5"], "hello"),
    posted("hello"),
  ),
  passes(
    "an upgrade that the target does not take",
    upgrade,
    get([
      "connection: upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 777",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]),
    got(),
  ),
  refused(
    "an expectation that nobody knows",
    expectation,
    post(["expect: 200-ok", "content-length: 5"], "hello"),
    417,
  ),
  refused(
    "an expectation with more behind it",
    expectation,
    post(["expect: 100-continue x", "content-length: 5"], "hello"),
    417,
  ),
  refused(
    "a list of expectations",
    expectation,
    post(["expect: 100-continue, y", "content-length: 5"], "hello"),
    417,
  ),
  passes(
    "100-continue with a body that came at once",
    expectation,
    post(["expect: 100-continue", `content-length: ${smuggled.length}`], smuggled),
    posted(smuggled),
  ),
  passes(
    "100-continue in capitals",
    expectation,
    post(["expect: 100-CONTINUE", "content-length: 5"], "hello"),
    posted("hello"),
  ),
  passes("100-continue without a body", expectation, get(["expect: 100-continue"]), got()),
  passes(
    "100-continue with a length of 0",
    expectation,
    post(["expect: 100-continue", "content-length: 0"]),
    posted(""),
  ),
  passes(
    "100-continue with chunks",
    expectation,
    post(["expect: 100-continue", "transfer-encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
    posted("hello"),
  ),
  passes("TE: trailers", "RFC 9110 §10.1.4", get(["connection: te", "te: trailers"]), got()),
  passes("TE: chunked", "RFC 9110 §10.1.4", get(["te: chunked, gzip"]), got()),
  passes(
    "Trailer: Content-Length",
    "RFC 9110 §6.6.2",
    post(["trailer: content-length", "content-length: 5"], "hello"),
    posted("hello"),
  ),
  passes("Max-Forwards: 0", "RFC 9110 §7.6.2", get(["max-forwards: 0"]), got()),
  passes(
    "a forged X-Forwarded-Host",
    "RFC 7239 §8.1",
    get(["x-forwarded-host: evil", "forwarded: host=evil"]),
    got(),
  ),
  passes(
    "fields that rewrite a path elsewhere",
    "RFC 9110 §7.1",
    get(["x-original-url: /smuggled", "x-rewrite-url: /smuggled"]),
    got(),
  ),
  passes("X-HTTP-Method-Override", "RFC 9110 §9.1", get(["x-http-method-override: DELETE"]), got()),
];
