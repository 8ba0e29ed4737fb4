import { describe, expect, test } from "bun:test";
import { requestText } from "../../testing/http-text.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

describe("the access log of the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  /** The lines for what one client sends, after as many answers. */
  async function linesOf(bytes: string, answers: number, listener = {}) {
    const scene = await open(ok, { listener });
    scene.client.send(bytes);
    for (let count = 0; count < answers; count++) await scene.client.answer();
    return finish(scene);
  }

  test("has a line for each of a pipeline's requests, with the request's own words", async () => {
    const pipeline = requestText("GET", "/1?a=b") + requestText("POST", "/2", ["content-length: 2"], "hi");
    expect(await linesOf(pipeline, 2)).toMatchObject([
      {
        method: "GET",
        host: "test",
        path: "/1?a=b",
        status: 200,
        bytes: 2,
        attempts: 1,
        client: "127.0.0.1",
      },
      { method: "POST", host: "test", path: "/2", status: 200, bytes: 2, attempts: 1, target: "t0" },
    ]);
  });

  test("has one for what no route takes", async () => {
    const listener = { routes: [{ path: "/a", group: "g" }] };
    expect(await linesOf(requestText("GET", "/none"), 1, listener)).toMatchObject([
      { method: "GET", host: "test", path: "/none", status: 404, attempts: 0 },
    ]);
  });

  for (const [title, bytes, status] of [
    ["no request at all", "\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n", 400],
    ["a quote and a control byte in its method", 'G"\x01 / HTTP/1.1\r\nhost: t\r\n\r\n', 400],
    ["a quote in its target", 'GET /"\xff HTTP/1.1\r\nhost: t\r\n\r\n', 400],
    ["a quote in its Host", 'GET / HTTP/1.1\r\nhost: "\r\n\r\n', 400],
    ["an endless method", "x".repeat(40_000), 431],
    ["an endless target", `GET /${"x".repeat(40_000)}`, 414],
  ] as const) {
    test(`stays JSON for a request with ${title}`, async () => {
      const [line, ...more] = await linesOf(bytes, 1);
      expect(more).toEqual([]);
      expect([line?.attempts, line?.client]).toEqual([0, "127.0.0.1"]);
      expect([status, 400, 431]).toContain(line?.status ?? 0);
      expect(JSON.stringify(line).length).toBeLessThan(20_000);
    });
  }

  test("says which peer's word was taken", async () => {
    const lines = ["x-forwarded-for: 203.0.113.7"];
    const trusted = { trustedProxies: ["127.0.0.0/8"] };
    expect((await linesOf(requestText("GET", "/", lines), 1))[0]?.client).toBe("127.0.0.1");
    expect((await linesOf(requestText("GET", "/", lines), 1, trusted))[0]?.client).toBe("203.0.113.7");
  });
});
