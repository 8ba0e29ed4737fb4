import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, firstRequest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const invited = "HTTP/1.1 100 Continue\r\n\r\n";
const count = (text: string, part: string) => text.split(part).length - 1;

describe("Expect: 100-continue at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [framing, line, body] of [
    ["a length", "content-length: 5", "hello"],
    ["chunks", "transfer-encoding: chunked", inChunks(["hello"])],
  ] as const) {
    test(`is answered with one 100 before the body (${framing})`, async () => {
      const scene = await open(ok);
      scene.client.request("POST", "/", ["Expect: 100-Continue", line]);
      await scene.client.wait("100", () => scene.client.received.includes(invited) || undefined);
      scene.client.send(body);
      await scene.client.wait("200", () => scene.client.received.includes("200 OK") || undefined);
      expect(count(scene.client.received.toString(), "100 Continue")).toBe(1);
      expect((await scene.client.answer()).status).toBe(200);
      expect(firstRequest(scene.origin).body.toString()).toBe("hello");
      expect(valuesOf(firstRequest(scene.origin), "expect")).toEqual([]);
      await finish(scene);
    });

    test(`works without waiting (${framing})`, async () => {
      const scene = await open(ok);
      scene.client.send(
        requestText("POST", "/1", ["expect: 100-continue", line], body) + requestText("GET", "/2"),
      );
      expect((await scene.client.answer()).status).toBe(200);
      expect((await scene.client.answer()).status).toBe(200);
      expect(scene.origin.requests.map((request) => request.body.toString())).toEqual(["hello", ""]);
      await finish(scene);
    });
  }

  for (const [what, status, request, setup] of [
    ["no route", 404, ["POST", "/none", "content-length: 5"], {}],
    ["a body too large", 413, ["POST", "/a", "content-length: 5"], { maxBodyBytes: 4 }],
  ] as const) {
    test(`is not invited when it is refused at once: ${what}`, async () => {
      const routes = [{ path: "/a", group: "g" }];
      const scene = await open(ok, { listener: { routes, ...setup } });
      const [method, target, line] = request;
      scene.client.request(method, target, ["expect: 100-continue", line]);
      await scene.client.wait("a head", () => scene.client.received.includes("\r\n\r\n") || undefined);
      expect(scene.client.received.toString()).toStartWith(`HTTP/1.1 ${status}`);
      await finish(scene);
    });
  }

  test("is not invited when no target is there", async () => {
    const scene = await open(ok, { group: { panicThreshold: 0 } });
    scene.edge.service("g").group.setState(scene.edge.target("t0"), "unhealthy");
    scene.client.request("POST", "/", ["expect: 100-continue", "content-length: 5"]);
    await scene.client.wait("a head", () => scene.client.received.includes("\r\n\r\n") || undefined);
    expect(scene.client.received.toString()).toStartWith("HTTP/1.1 503");
    await finish(scene);
  });

  test("that was refused does not take the next request for its body, nor its body for a request", async () => {
    const scene = await open(ok, { listener: { routes: [{ path: "/a", group: "g" }] } });
    const smuggled = requestText("GET", "/a/smuggled");
    const lines = ["expect: 100-continue", `content-length: ${smuggled.length}`];
    scene.client.send(`${requestText("POST", "/none", lines)}${smuggled}`);
    expect((await scene.client.answer()).status).toBe(404);
    // Whether the client sends its body now can't be known: closing is right, and so is taking it for the body.
    scene.client.send(requestText("GET", "/a/next"));
    await until("the end or an answer", () => scene.client.isClosed || scene.client.received.includes("hi"));
    expect(scene.origin.requests.map(({ target }) => target)).not.toContain("/a/smuggled");
    await finish(scene);
  });

  test("of HTTP/1.0 is passed over", async () => {
    const scene = await open(ok);
    scene.client.send("POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\nhello");
    await scene.client.closed();
    expect(scene.client.received.toString()).not.toContain("100 Continue");
    expect((await scene.client.answer()).status).toBe(200);
    await finish(scene);
  });

  test("without a body is not invited", async () => {
    const scene = await open(ok);
    scene.client.request("GET", "/", ["expect: 100-continue"]);
    await scene.client.wait("a head", () => scene.client.received.includes("\r\n\r\n") || undefined);
    expect(scene.client.received.toString()).toStartWith("HTTP/1.1 200");
    await finish(scene);
  });
});

describe("an interim answer at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  const hints =
    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nlink: </b>\r\n\r\n" +
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </c>\r\n\r\n";

  test("passes before the final one, each in its turn", async () => {
    let answer = () => {};
    const scene = await open((_request, connection) => {
      connection.send(hints);
      answer = () => connection.send(ok);
    });
    scene.client.request("GET", "/");
    const { client } = scene;
    await client.wait("the hints", () => client.received.includes("</c>\r\n\r\n") || undefined);
    const text = client.received.toString();
    expect(text.match(/^HTTP\/1\.1 \d+.*$/gm)?.map((line) => line.trim())).toEqual([
      "HTTP/1.1 103 Early Hints",
      "HTTP/1.1 102 Processing",
      "HTTP/1.1 103 Early Hints",
    ]);
    expect(text.match(/<\/.>/g)).toEqual(["</a>", "</b>", "</c>"]);
    answer();
    expect((await client.answer()).status).toBe(200);
    await finish(scene);
  });

  test("is not measured as the answer", async () => {
    let answer = () => {};
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.1 103 Early Hints\r\n\r\n");
      answer = () => connection.send(ok);
    });
    scene.client.request("GET", "/");
    await scene.client.wait("the hint", () => scene.client.received.includes("103") || undefined);
    expect(scene.edge.target("t0").inFlight).toBe(1);
    answer();
    await scene.client.answer();
    expect(await finish(scene)).toMatchObject([{ status: 200, attempts: 1, bytes: 2 }]);
  });

  test("does not reach a client of HTTP/1.0", async () => {
    const scene = await open(`${hints}${ok}`);
    scene.client.send("GET / HTTP/1.0\r\n\r\n");
    await scene.client.closed();
    expect(scene.client.received.toString()).toMatch(/^HTTP\/1\.[01] 200/);
    expect((await scene.client.answer()).status).toBe(200);
    await finish(scene);
  });

  test("100 of the target does not pass", async () => {
    const scene = await open(`${invited}${invited}${ok}`);
    scene.client.request("POST", "/", ["content-length: 2"], "hi");
    await scene.client.wait("the answer", () => scene.client.received.includes("200 OK") || undefined);
    expect(scene.client.received.toString()).toStartWith("HTTP/1.1 200");
    await finish(scene);
  });

  test("without an end is not passed on for ever", async () => {
    const scene = await open((_request, connection) => {
      const hint = `HTTP/1.1 103 Early Hints\r\nlink: <${"x".repeat(1000)}>\r\n\r\n`;
      connection.send(hint.repeat(100));
      connection.send(okWith("hi"));
    });
    expect([200, 502]).toContain((await scene.client.ask("GET", "/")).status);
    await finish(scene);
  });
});
