import { describe, expect, test } from "bun:test";
import { valuesOf } from "../../testing/message.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { PreparedRequest } from "./prepared-request.ts";
import { RequestScan } from "./request-scan.ts";
import { SharedHeads } from "./shared-heads.ts";
import { startWireEdge } from "./wire-edge.ts";

/** What `find` has for a head, which then is added with a meaning of its own. */
function come(heads: SharedHeads, text: string, address = "192.0.2.1"): PreparedRequest | undefined {
  const bytes = Buffer.from(text);
  const hash = heads.hash(bytes, address);
  const found = heads.find(bytes, address, hash);
  const request = new PreparedRequest(
    new RequestScan(),
    address,
    undefined,
    undefined,
    undefined,
    false,
    true,
  );
  if (found === undefined) heads.add({ bytes, request }, address, hash);
  return found?.request;
}

describe("heads that several connections share", () => {
  test("are kept from the second time on", () => {
    const heads = new SharedHeads();
    expect(come(heads, "GET / HTTP/1.1\r\n\r\n")).toBeUndefined();
    expect(come(heads, "GET / HTTP/1.1\r\n\r\n")).toBeUndefined();
    const kept = come(heads, "GET / HTTP/1.1\r\n\r\n");
    expect(kept).toBeInstanceOf(PreparedRequest);
    expect(come(heads, "GET / HTTP/1.1\r\n\r\n")).toBe(kept as PreparedRequest);
  });

  test("are one address's own", () => {
    const heads = new SharedHeads();
    for (let time = 0; time < 3; time++) come(heads, "GET / HTTP/1.1\r\n\r\n");
    expect(come(heads, "GET / HTTP/1.1\r\n\r\n", "192.0.2.2")).toBeUndefined();
  });

  test("are never taken for another in the same place", () => {
    const heads = new SharedHeads();
    const texts = Array.from({ length: 2000 }, (_, index) => `GET /${index} HTTP/1.1\r\n\r\n`);
    const meanings = new Map<PreparedRequest, string>();
    for (let time = 0; time < 4; time++) {
      for (const text of texts) {
        for (let again = 0; again < 3; again++) {
          const found = come(heads, text);
          if (found !== undefined) expect(meanings.get(found) ?? text).toBe(text);
          if (found !== undefined) meanings.set(found, text);
        }
      }
    }
    expect(meanings.size).toBeGreaterThan(texts.length / 2);
  });
});

describe("the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  test("forwards the same head of each client with that client's address", async () => {
    const scene = await open(ok);
    const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
    for (let time = 0; time < 4; time++) {
      for (const localAddress of addresses) {
        const client = await scene.edge.client({ localAddress });
        expect((await client.ask("GET", "/same")).status).toBe(200);
        client.close();
      }
    }
    const forwarded = scene.origin.requests.map((request) => valuesOf(request, "x-forwarded-for").join());
    expect(forwarded).toEqual([0, 1, 2, 3].flatMap(() => addresses));
    const logged = (await finish(scene)).map(({ client }) => client);
    expect(logged).toEqual([0, 1, 2, 3].flatMap(() => addresses));
  });

  test("reads the same head before another body", async () => {
    const scene = await open((request, target) =>
      target.send(`HTTP/1.1 200 OK\r\ncontent-length: ${request.body.length}\r\n\r\n${request.body}`),
    );
    for (const body of ["one", "two", "six", "ten"]) {
      const client = await scene.edge.client();
      expect((await client.ask("POST", "/", ["content-length: 3"], body)).body.toString()).toBe(body);
    }
    await finish(scene);
  });
});
