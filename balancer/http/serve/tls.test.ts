import { beforeAll, describe, expect, test } from "bun:test";
import { connect as connectHttp2 } from "node:http2";
import type { TLSSocket } from "node:tls";
import { createAuthority, issue, type KeyPair } from "../../testing/certificates.ts";
import { EdgeFixture, type EdgeSetup } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith, RawOrigin, type Respond } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { firstRequest } from "../cases/edge-under-test.ts";
import { startServeEdge } from "./serve-edge.ts";

let authority: KeyPair;
let localhost: KeyPair;
let shop: KeyPair;

beforeAll(async () => {
  authority = await createAuthority();
  [localhost, shop] = await Promise.all([
    issue(authority, "localhost", "127.0.0.1"),
    issue(authority, "shop.example", "*.shop.example"),
  ]);
});

const opened = stopAfterEach();

async function start(respond: Respond, setup: EdgeSetup = {}) {
  const origin = await RawOrigin.start(respond);
  const edge = EdgeFixture.start(startServeEdge, {
    targets: [origin.url],
    certificates: [
      { ...localhost, serverName: undefined },
      { ...shop, serverName: "shop.example" },
    ],
    ...setup,
  });
  opened(origin);
  opened(edge);
  return { origin, edge, tls: { ca: authority.cert } };
}

const ok: Respond = (_request, connection) => connection.send(okWith("hi"));

interface Http2Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** One request on an HTTP/2 connection. */
function askHttp2(
  session: ReturnType<typeof connectHttp2>,
  headers: Record<string, string>,
  body?: string,
): Promise<Http2Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Http2Answer>();
  const stream = session.request({ ":path": "/", ...headers });
  let received: Record<string, string | string[] | undefined> = {};
  let text = "";
  stream.setEncoding("utf8");
  stream.on("response", (got) => {
    received = got;
  });
  stream.on("data", (part: string) => {
    text += part;
  });
  stream.on("end", () => resolve({ status: Number(received[":status"]), headers: received, body: text }));
  stream.on("error", reject);
  stream.end(body);
  return promise;
}

describe("TLS", () => {
  test("shows each name its certificate, and all others the first", async () => {
    const { edge, tls } = await start(ok);
    const nameOf = async (serverName: string) => {
      const client = await edge.client({ ...tls, serverName });
      return (client.socket as TLSSocket).getPeerCertificate().subject.CN;
    };
    expect(await nameOf("localhost")).toBe("localhost");
    expect(await nameOf("shop.example")).toBe("shop.example");
    await edge.finish(tls);
  });

  test("tells targets that the client came by https", async () => {
    const { edge, tls, origin } = await start(ok);
    const client = await edge.client(tls);
    expect((await client.ask("GET", "/")).status).toBe(200);
    expect(valuesOf(firstRequest(origin), "x-forwarded-proto")).toEqual(["https"]);
    await edge.finish(tls);
  });
});

describe("HTTP/2", () => {
  async function startHttp2(respond: Respond) {
    const started = await start(respond, { listener: { http2: true } });
    const session = connectHttp2(`https://localhost:${started.edge.port}`, { ca: authority.cert });
    opened({ stop: () => session.destroy() });
    return { ...started, session };
  }

  test("is served on the same port as HTTP/1.1", async () => {
    const { edge, tls, origin, session } = await startHttp2((_request, connection) =>
      connection.send(
        okWith("hi", ["x-a: 1", "connection: x-hop", "x-hop: 1", "set-cookie: a=1", "set-cookie: b=2"]),
      ),
    );
    const answer = await askHttp2(session, { ":path": "/a?b", cookie: "c=1; d=2", te: "trailers" });
    expect([answer.status, answer.body]).toEqual([200, "hi"]);
    expect(answer.headers).toMatchObject({ "x-a": "1", "set-cookie": ["a=1", "b=2"], via: "1.1 ballast" });
    expect(answer.headers).not.toHaveProperty("x-hop");
    const request = firstRequest(origin);
    expect(request.target).toBe("/a?b");
    expect(valuesOf(request, "host")).toEqual([`localhost:${edge.port}`]);
    expect(valuesOf(request, "cookie")).toEqual(["c=1; d=2"]);
    expect(valuesOf(request, "te")).toEqual([]);
    expect((await (await edge.client(tls)).ask("GET", "/")).status).toBe(200);
    await edge.finish(tls);
  });

  test("carries many streams at once over one connection", async () => {
    const { edge, tls, session } = await startHttp2((request, connection) =>
      connection.send(okWith(request.target)),
    );
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}`);
    const answers = await Promise.all(paths.map((path) => askHttp2(session, { ":path": path })));
    expect(answers.map(({ body }) => body)).toEqual(paths);
    await edge.finish(tls);
  });

  for (const [what, length, framing] of [
    ["with a length", "5", "content-length"],
    ["without one", undefined, "transfer-encoding"],
  ] as const) {
    test(`sends a body on ${what}`, async () => {
      const { edge, tls, origin, session } = await startHttp2(ok);
      const headers = { ":method": "POST", ...(length !== undefined && { "content-length": length }) };
      expect((await askHttp2(session, headers, "hello")).status).toBe(200);
      expect(firstRequest(origin).body.toString()).toBe("hello");
      expect(valuesOf(firstRequest(origin), framing)).toHaveLength(1);
      await edge.finish(tls);
    });
  }

  test("takes OPTIONS * to the target of the root", async () => {
    const { edge, tls, origin, session } = await startHttp2(ok);
    expect((await askHttp2(session, { ":method": "OPTIONS", ":path": "*" })).status).toBe(200);
    expect(firstRequest(origin)).toMatchObject({ method: "OPTIONS", target: "*" });
    await edge.finish(tls);
  });

  test("gives HEAD the length the target told, and no other", async () => {
    const { edge, tls, session } = await startHttp2((request, connection) =>
      connection.send(`HTTP/1.1 200 OK\r\n${request.target === "/known" ? "content-length: 7\r\n" : ""}\r\n`),
    );
    const known = await askHttp2(session, { ":method": "HEAD", ":path": "/known" });
    const unknown = await askHttp2(session, { ":method": "HEAD", ":path": "/unknown" });
    expect([known.headers["content-length"], unknown.headers["content-length"]]).toEqual(["7", undefined]);
    await edge.finish(tls);
  });

  for (const [when, head] of [
    ["waits", ""],
    ["streams", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ] as const) {
    test(`a stream that is reset while it ${when} frees its target, and no other stream`, async () => {
      const { edge, tls, origin, session } = await startHttp2((request, connection) =>
        connection.send(request.target === "/reset" ? head : okWith("hi")),
      );
      const stream = session.request({ ":path": "/reset" });
      stream.on("error", () => {});
      stream.end();
      await until("the target has it", () => origin.requests.length === 1);
      if (when === "streams") await new Promise((resolve) => stream.once("data", resolve));
      stream.close(8);
      await edge.inFlight(0);
      await origin.connections[0]?.closed();
      expect((await askHttp2(session, {})).body).toBe("hi");
      const [line] = await edge.finish(tls);
      expect(line).toMatchObject({ path: "/reset", status: 499 });
    });
  }

  test("an answer that breaks off resets its stream", async () => {
    const { edge, tls, session } = await startHttp2((_request, connection) => {
      connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
      connection.close();
    });
    await expect(askHttp2(session, {})).rejects.toThrow();
    await edge.finish(tls);
  });
});

describe("HTTP/3", () => {
  test("is served on the same port number and announced in Alt-Svc", async () => {
    const { edge, tls } = await start(ok, { listener: { http3: true } });
    const first = await (await edge.client(tls)).ask("GET", "/");
    expect(valuesOf(first, "alt-svc").join()).toContain(`h3=":${edge.port}"`);
    const answer = await fetch(`https://127.0.0.1:${edge.port}/`, {
      protocol: "http3",
      tls: { rejectUnauthorized: false },
    });
    expect([answer.status, await answer.text()]).toEqual([200, "hi"]);
    await edge.finish(tls);
  });
});
