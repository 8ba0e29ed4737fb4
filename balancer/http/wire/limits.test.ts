import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

/** A head of exactly `length` bytes, the empty line included. */
function headOf(length: number): string {
  const shortest = requestText("GET", "/", ["x-a: "]).length;
  return requestText("GET", "/", [`x-a: ${"x".repeat(length - shortest)}`]);
}

describe("the wire edge's limits", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  async function refusal(bytes: string, status: number, listener = {}) {
    const scene = await open(ok, { listener });
    scene.client.send(bytes);
    const answer = await scene.client.answer();
    expect([answer.status, valuesOf(answer, "connection")]).toEqual([status, ["close"]]);
    await scene.client.closed();
    expect(scene.origin.requests).toEqual([]);
    expect(await finish(scene)).toMatchObject([{ status, attempts: 0 }]);
  }

  async function acceptance(bytes: string, listener = {}) {
    const scene = await open(ok, { listener });
    scene.client.send(bytes);
    expect((await scene.client.answer()).status).toBe(200);
    expect((await scene.client.ask("GET", "/next")).status).toBe(200);
    await finish(scene);
  }

  test("take a head of maxHeadBytes", () => acceptance(headOf(1000), { maxHeadBytes: 1000 }));
  test("answer one byte more with 431", () => refusal(headOf(1001), 431, { maxHeadBytes: 1000 }));
  test("take a head of 32768 bytes by default", () => acceptance(headOf(32_768)));
  test("answer a head of 32769 bytes with 431 by default", () => refusal(headOf(32_769), 431));
  test("answer a head that does not end with 431", () =>
    refusal(`GET / HTTP/1.1\r\nhost: t\r\nx-a: ${"x".repeat(40_000)}`, 431));
  test("answer a head of many short lines with 431", () =>
    refusal(requestText("GET", "/", new Array(10_000).fill("a:b")), 431));

  test("hold for a head that comes byte by byte", async () => {
    const scene = await open(ok, { listener: { maxHeadBytes: 300 } });
    for (const character of headOf(301)) {
      if (scene.client.isClosed) break;
      scene.client.send(character);
      await Bun.sleep(0);
    }
    expect((await scene.client.answer()).status).toBe(431);
    await scene.client.closed();
    await finish(scene);
  });

  test("count each head of a connection by itself", async () => {
    const scene = await open(ok, { listener: { maxHeadBytes: 300 } });
    scene.client.send(headOf(300).repeat(5));
    for (let request = 0; request < 5; request++) expect((await scene.client.answer()).status).toBe(200);
    await finish(scene);
  });

  test("do not count a body with the head before it, nor with the one behind", async () => {
    const scene = await open(ok, { listener: { maxHeadBytes: 300 } });
    const body = "x".repeat(5000);
    const post = requestText("POST", "/", ["content-length: 5000"], body);
    scene.client.send(`${post}${requestText("GET", "/2")}`);
    expect((await scene.client.answer()).status).toBe(200);
    expect((await scene.client.answer()).status).toBe(200);
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/", "/2"]);
    await finish(scene);
  });

  const target = (length: number) => requestText("GET", `/${"x".repeat(length - 1)}`);
  test("take a target of maxTargetBytes", () => acceptance(target(100), { maxTargetBytes: 100 }));
  test("answer one byte more with 414", () => refusal(target(101), 414, { maxTargetBytes: 100 }));
  test("take a target of 8192 bytes by default", () => acceptance(target(8192)));
  test("answer a target of 8193 bytes with 414 by default", () => refusal(target(8193), 414));

  for (const body of ["", "x".repeat(11)]) {
    test(`answer a body that is too long by its length with 413, ${body ? "also when" : "before"} it comes`, async () => {
      const scene = await open(ok, { listener: { maxBodyBytes: 10 } });
      scene.client.request("POST", "/", ["content-length: 11"], body);
      expect((await scene.client.answer()).status).toBe(413);
      expect(scene.origin.connections).toEqual([]);
      expect(await finish(scene)).toMatchObject([{ status: 413, attempts: 0 }]);
    });
  }

  test("answer a body that grows too long in one chunk with 413", async () => {
    const scene = await open(ok, { listener: { maxBodyBytes: 10 } });
    scene.client.send(requestText("POST", "/", ["transfer-encoding: chunked"], inChunks(["x".repeat(11)])));
    expect((await scene.client.answer()).status).toBe(413);
    await scene.client.closed();
    await until("the target is left", () => scene.origin.open === 0);
    expect(scene.origin.requests).toEqual([]);
    await finish(scene);
  });

  test("take a body of maxBodyBytes in chunks of one byte", () =>
    acceptance(requestText("POST", "/", ["transfer-encoding: chunked"], inChunks(new Array(10).fill("x"))), {
      maxBodyBytes: 10,
    }));

  test("let an answer of 413 reach a client that sends all the same", async () => {
    const scene = await open(ok, { listener: { maxBodyBytes: 10 } });
    scene.client.request("POST", "/", ["content-length: 3000000"], "x".repeat(3_000_000));
    expect((await scene.client.answer()).status).toBe(413);
    await finish(scene);
  });
});
