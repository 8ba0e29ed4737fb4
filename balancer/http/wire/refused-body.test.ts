import { describe, expect, test } from "bun:test";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

/** Bodies that are no chunks (RFC 9112 §7.1), to stand behind one good chunk or behind the head. */
const broken: readonly (readonly [title: string, bytes: string])[] = [
  ["a size that is no number", "zz\r\n"],
  ["an empty size", "\r\n"],
  ["a size with a sign", "+5\r\nhello\r\n"],
  ["a negative size", "-1\r\n"],
  ["a size with 0x", "0x5\r\nhello\r\n"],
  ["a size behind a blank", " 5\r\nhello\r\n"],
  ["a size with a fraction", "5.0\r\nhello\r\n"],
  ["a size with an underscore", "1_0\r\n"],
  ["a size with a letter behind g", "5g\r\nhello\r\n"],
  ["a size with a no-break space behind it", "5\xa0\r\nhello\r\n"],
  ["a size of 2^64", "10000000000000000\r\n"],
  ["a size of 2^64 + 5", "10000000000000005\r\nhello\r\n"],
  ["a size of 2^53", "20000000000000\r\n"],
  ["a size of 2^32 with many zeroes before it", `${"0".repeat(40)}100000000\r\n`],
  ["a bare LF behind a size", "5\nhello\r\n"],
  ["a bare CR behind a size", "5\rhello\r\n"],
  ["a bare LF in an extension", "5;a=b\nhello\r\n"],
  ["a bare CR in an extension", "5;a\rb\r\nhello\r\n"],
  ["a NUL in an extension", "5;a\0b\r\nhello\r\n"],
  ["a size line that never ends", `5;${"x".repeat(100_000)}`],
  ["nothing between data and size", "5\r\nhello5\r\nhello\r\n"],
  ["a bare LF behind the data", "5\r\nhello\n"],
  ["a bare CR behind the data", "5\r\nhello\rx"],
  ["more data than the size says", "5\r\nhello!\r\n"],
  ["less data than the size says", "6\r\nhello\r\n0\r\n\r\n"],
  ["a bare LF at the end", "0\r\n\n"],
  ["a bare LF behind the last size", "0\n\n"],
  ["a bare CR at the end", "0\r\n\rx"],
  ["a trailer that is no field", "0\r\nnone\r\n\r\n"],
  ["a trailer without a name", "0\r\n: x\r\n\r\n"],
  ["a trailer with a blank before the colon", "0\r\nx-a : b\r\n\r\n"],
  ["a folded trailer", "0\r\nx-a: b\r\n c\r\n\r\n"],
  ["a trailer that ends with a bare LF", "0\r\nx-a: b\nx-b: c\r\n\r\n"],
  ["a NUL in a trailer", "0\r\nx-a: b\0c\r\n\r\n"],
  ["a bare CR in a trailer", "0\r\nx-a: b\rc\r\n\r\n"],
  ["trailers that never end", `0\r\nx-a: ${"x".repeat(100_000)}`],
  ["trailers without number", `0\r\n${"x-a: b\r\n".repeat(20_000)}`],
];

describe("the wire edge finds a body in chunks with", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [title, bytes] of broken) {
    for (const [where, first] of [
      ["at once", ""],
      ["later", "3\r\nabc\r\n"],
    ] as const) {
      test(`${title} ${where}: 400, the connection closed, the target's cut, no request whole`, async () => {
        const scene = await open(ok);
        scene.client.send(requestText("POST", "/", ["transfer-encoding: chunked"], first));
        if (first !== "")
          await until("a part is there", () => scene.origin.connections[0]?.received.includes("abc"));
        scene.client.send(bytes);
        const answer = await scene.client.answer();
        expect([answer.status, valuesOf(answer, "connection")]).toEqual([400, ["close"]]);
        await scene.client.closed();
        await until("the target is left", () => scene.origin.open === 0);
        expect(scene.origin.requests).toEqual([]);
        expect(scene.edge.target("t0").failures).toBe(0);
        expect(await finish(scene)).toMatchObject([{ method: "POST", path: "/", status: 400 }]);
      });
    }
  }

  for (const [what, line, body] of [
    ["chunk", "transfer-encoding: chunked", "100000005\r\nhello\r\n0\r\n\r\n"],
    ["length", "content-length: 4294967301", "hello"],
  ] as const) {
    test(`a ${what} of 2^32 + 5 bytes to be longer than 5`, async () => {
      const scene = await open(ok);
      scene.client.send(requestText("POST", "/", [line], body + requestText("GET", "/smuggled")));
      await until("all of it is there", () => scene.origin.connections[0]?.received.includes("/smuggled"));
      expect(scene.origin.requests).toEqual([]);
      scene.client.reset();
      await finish(scene);
    });
  }

  test("a fault after the answer has begun: the connection is closed", async () => {
    const scene = await open("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello", { respondAt: "head" });
    scene.client.send(requestText("POST", "/", ["transfer-encoding: chunked"], "3\r\nabc\r\n"));
    await scene.client.wait("a part", () => scene.client.received.includes("hello") || undefined);
    scene.client.send("zz\r\n");
    await scene.client.closed();
    await until("the target is left", () => scene.origin.open === 0);
    expect(scene.client.received.toString()).not.toContain("400");
    await finish(scene);
  });
});

/** What a strict reader may not refuse. */
const sound: readonly (readonly [title: string, bytes: string])[] = [
  ["zeroes before a size", "00000005\r\nhello\r\n0\r\n\r\n"],
  ["a size in capitals", "A\r\nhellohello\r\n0\r\n\r\n"],
  ["a size in small letters", "a\r\nhellohello\r\n0\r\n\r\n"],
  ["many zeroes at the end", "5\r\nhello\r\n000\r\n\r\n"],
  ["an extension", "5;a=b\r\nhello\r\n0;last\r\n\r\n"],
  ["an extension in quotes", '5;a="b;c"\r\nhello\r\n0\r\n\r\n'],
  ["blanks around an extension", "5 ; a = b\r\nhello\r\n0\r\n\r\n"],
  ["trailers", "5\r\nhello\r\n0\r\nx-a: b\r\nx-b:\r\n\r\n"],
  ["a CRLF in the data", "7\r\nhe\r\nllo\r\n0\r\n\r\n"],
];

describe("the wire edge takes a body in chunks with", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [title, bytes] of sound) {
    test(title, async () => {
      const scene = await open(ok);
      scene.client.send(requestText("POST", "/1", ["transfer-encoding: chunked"], bytes));
      scene.client.send(requestText("GET", "/2"));
      expect((await scene.client.answer()).status).toBe(200);
      expect((await scene.client.answer()).status).toBe(200);
      const [first, second] = scene.origin.requests;
      expect(first?.body.toString()).toBe(
        bytes.includes("hellohello") ? "hellohello" : bytes.includes("he\r\n") ? "he\r\nllo" : "hello",
      );
      expect(second?.target).toBe("/2");
      await finish(scene);
    });
  }
});
