import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { edgeUnderTest, firstRequest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

/** Fields that no trailer may carry: framing, routing, authentication (RFC 9110 §6.5.1). */
const forbidden = [
  "content-length: 5",
  "Transfer-Encoding: chunked",
  "Host: evil",
  "trailer: x-t",
  "connection: close",
  "te: trailers",
  "upgrade: h2c",
  "keep-alive: timeout=1",
  "proxy-authorization: Basic eDp5",
  "authorization: Basic eDp5",
];

const asked = ["te: trailers", "connection: te"];

describe("trailers at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  async function ofRequest(trailers: readonly string[]) {
    const scene = await open(ok);
    const body = inChunks(["hello"], trailers);
    scene.client.request("POST", "/1", ["transfer-encoding: chunked"], body);
    expect((await scene.client.answer()).status).toBe(200);
    expect((await scene.client.ask("GET", "/2")).status).toBe(200);
    expect(scene.origin.connections).toHaveLength(1);
    await finish(scene);
    return firstRequest(scene.origin).trailers;
  }

  async function ofAnswer(trailers: readonly string[], lines: readonly string[] = []) {
    const head = ["HTTP/1.1 200 OK", "transfer-encoding: chunked", ...lines].join("\r\n");
    const scene = await open(`${head}\r\n\r\n${inChunks(["hello"], trailers)}`);
    const answer = await scene.client.ask("GET", "/1", asked);
    expect(answer.body.toString()).toBe("hello");
    expect((await scene.client.ask("GET", "/2", asked)).trailers).toEqual(answer.trailers);
    await finish(scene);
    return answer;
  }

  test("of a request pass", async () => {
    expect(await ofRequest(["X-Sum: abc", "x-b: 1", "x-b: 2", "x-empty:"])).toEqual([
      ["x-sum", "abc"],
      ["x-b", "1"],
      ["x-b", "2"],
      ["x-empty", ""],
    ]);
  });

  test("of an answer pass, and so does their announcement", async () => {
    const answer = await ofAnswer(["X-Sum: abc", "x-b: 1", "x-b: 2"], ["Trailer: X-Sum, x-b"]);
    expect(answer.trailers).toEqual([
      ["x-sum", "abc"],
      ["x-b", "1"],
      ["x-b", "2"],
    ]);
    expect(valuesOf(answer, "trailer")).toEqual(["X-Sum, x-b"]);
  });

  for (const line of forbidden) {
    const kept = [
      ["x-a", "1"],
      ["x-b", "2"],
    ];
    test(`of a request do not pass: ${line}`, async () => {
      expect(await ofRequest(["x-a: 1", line, "x-b: 2"])).toMatchObject(kept);
    });
    test(`of an answer do not pass: ${line}`, async () => {
      expect((await ofAnswer(["x-a: 1", line, "x-b: 2"])).trailers).toMatchObject(kept);
    });
  }

  test("announced and accepted by a client are so to the target", async () => {
    const scene = await open(ok);
    const lines = ["transfer-encoding: chunked", "trailer: x-t", ...asked];
    await scene.client.ask("POST", "/", lines, inChunks(["hello"], ["x-t: 1"]));
    const request = firstRequest(scene.origin);
    expect(valuesOf(request, "trailer")).toEqual(["x-t"]);
    expect(valuesOf(request, "te")).toEqual(["trailers"]);
    await finish(scene);
  });

  test("split at every byte stay whole", async () => {
    const scene = await open(ok);
    const text = requestText("POST", "/", ["transfer-encoding: chunked"], inChunks(["hi"], ["x-t: 1"]));
    for (const character of text) {
      scene.client.send(character);
      await new Promise(setImmediate);
    }
    expect((await scene.client.answer()).status).toBe(200);
    expect(firstRequest(scene.origin).trailers).toEqual([["x-t", "1"]]);
    await finish(scene);
  });

  test("are none behind a body with a length", async () => {
    const scene = await open(ok);
    const body = "hello\r\nx-t: 1\r\n\r\n";
    await scene.client.ask("POST", "/", [`content-length: ${body.length}`], body);
    expect(firstRequest(scene.origin)).toMatchObject({ body: Buffer.from(body), trailers: [] });
    await finish(scene);
  });
});
