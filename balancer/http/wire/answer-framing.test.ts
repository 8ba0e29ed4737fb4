import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { edgeUnderTest, ok, type Script } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

describe("an answer at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  /** The bytes of one answer as they reach the client, up to the end of what `until` names. */
  async function rawAnswer(script: Script, last: string, lines: readonly string[] = []) {
    const scene = await open(script);
    scene.client.request("GET", "/", lines);
    await scene.client.wait(last, () => scene.client.received.includes(last) || undefined);
    const text = scene.client.received.toString("latin1");
    await finish(scene);
    return text;
  }

  for (const length of [0, 1, 65_537, 1_000_000]) {
    test(`of ${length} bytes keeps its length`, async () => {
      const scene = await open(okWith("x".repeat(length)));
      const answer = await scene.client.ask("GET", "/");
      expect(valuesOf(answer, "content-length")).toEqual([String(length)]);
      expect(valuesOf(answer, "transfer-encoding")).toEqual([]);
      expect(answer.body.length).toBe(length);
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      expect((await finish(scene))[0]).toMatchObject({ bytes: length });
    });
  }

  test("in chunks stays in chunks, and its log line counts the content", async () => {
    const scene = await open(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n${inChunks(["hello", " world"])}`,
    );
    const answer = await scene.client.ask("GET", "/");
    expect(answer.body.toString()).toBe("hello world");
    expect(valuesOf(answer, "transfer-encoding").map((value) => value.toLowerCase())).toEqual(["chunked"]);
    expect(valuesOf(answer, "content-length")).toEqual([]);
    expect((await finish(scene))[0]).toMatchObject({ bytes: 11 });
  });

  test("in chunks whose every byte comes by itself is the same", async () => {
    const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${inChunks(["hello", " world"])}`;
    const scene = await open(async (_request, connection) => {
      connection.socket.setNoDelay(true);
      for (const character of text) {
        connection.send(character);
        await new Promise(setImmediate);
      }
    });
    for (const target of ["/1", "/2"])
      expect((await scene.client.ask("GET", target)).body.toString()).toBe("hello world");
    await finish(scene);
  });

  test("that ends with the target's connection is sent in chunks, and the client's stays", async () => {
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
      connection.close();
    });
    for (const target of ["/1", "/2"]) {
      const answer = await scene.client.ask("GET", target);
      expect(answer.body.toString()).toBe("hello");
      expect(valuesOf(answer, "transfer-encoding")).toEqual(["chunked"]);
    }
    await finish(scene);
  });

  test("of HTTP/1.0 becomes one of 1.1", async () => {
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi");
      connection.close();
    });
    for (const target of ["/1", "/2"]) {
      const answer = await scene.client.ask("GET", target);
      expect([answer.startLine, answer.body.toString()]).toEqual(["HTTP/1.1 200 OK", "hi"]);
    }
    await finish(scene);
  });

  for (const line of ["200 All is well: ok", "200 ", "599 \xe4\xf6", "299 OK"]) {
    test(`keeps its reason phrase: ${JSON.stringify(line)}`, async () => {
      expect(await rawAnswer(`HTTP/1.1 ${line}\r\ncontent-length: 2\r\n\r\nhi`, "\r\n\r\nhi")).toStartWith(
        `HTTP/1.1 ${line}\r\n`,
      );
    });
  }

  test("without a reason phrase is still one with a blank (RFC 9112 §4)", async () => {
    expect(await rawAnswer("HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi", "\r\n\r\nhi")).toMatch(
      /^HTTP\/1\.1 200 [^\r\n]*\r\n/,
    );
  });

  test("keeps names in their case, repeated lines and their order", async () => {
    const lines = [
      "X-UPPER: 1",
      "Set-Cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
      "x-B: 1",
      "Set-Cookie: b=2",
      "X-b: 2",
      "x-empty: ",
      "ETag: \xe4",
    ];
    const text = await rawAnswer(okWith("hi", lines), "\r\n\r\nhi");
    const passed = text.split("\r\n").filter((line) => /^(x-|set-|etag)/i.test(line));
    expect(passed.map((line) => line.trimEnd())).toEqual(lines.map((line) => line.trimEnd()));
  });

  test("has one Via, the target's and ours", async () => {
    const text = await rawAnswer(okWith("hi", ["Via: 1.1 up"]), "\r\n\r\nhi");
    expect(text.match(/^via: .*$/gim)?.join(", ")).toMatch(/1\.1 up.*1\.1 ballast/);
  });

  for (const [status, line] of [
    [204, ""],
    [304, "content-length: 77\r\n"],
    [304, "transfer-encoding: chunked\r\n"],
    [204, "x-a: b\r\n"],
  ] as const) {
    test(`${status} with ${JSON.stringify(line)} has no body, pipelined or not`, async () => {
      const scene = await open((request, connection) =>
        connection.send(request.target === "/1" ? `HTTP/1.1 ${status} X\r\n${line}\r\n` : ok),
      );
      scene.client.send(`${requestText("GET", "/1")}${requestText("GET", "/2")}`);
      expect((await scene.client.answer()).status).toBe(status);
      expect((await scene.client.answer()).body.toString()).toBe("hi");
      await finish(scene);
    });
  }

  for (const lines of ["content-length: 77\r\n", "transfer-encoding: chunked\r\n", ""]) {
    test(`to HEAD has no body with ${JSON.stringify(lines)}, and the next is read right`, async () => {
      const scene = await open((request, connection) =>
        connection.send(request.method === "HEAD" ? `HTTP/1.1 200 OK\r\n${lines}\r\n` : ok),
      );
      scene.client.send(`${requestText("HEAD", "/1")}${requestText("GET", "/2")}`);
      const head = await scene.client.answer("HEAD");
      expect(valuesOf(head, "content-length")).toEqual(lines.startsWith("content-length") ? ["77"] : []);
      expect((await scene.client.answer()).body.toString()).toBe("hi");
      await finish(scene);
    });
  }

  test("that breaks off is no whole one, even by its length's last byte", async () => {
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
      connection.send("x".repeat(99_999));
      connection.close();
    });
    scene.client.send(`${requestText("GET", "/1")}${requestText("GET", "/2")}`);
    await expect(scene.client.answer()).rejects.toThrow("the peer closed after");
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/1"]);
    await finish(scene);
  });

  test("in chunks that breaks off has no last chunk", async () => {
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
      connection.close();
    });
    scene.client.request("GET", "/");
    await scene.client.closed();
    expect(scene.client.received.toString()).not.toContain("0\r\n\r\n");
    await finish(scene);
  });

  test("of HTTP/1.0 without a length and broken by a reset does not look whole", async () => {
    let reset = () => {};
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
      reset = () => connection.reset();
    });
    scene.client.send("GET / HTTP/1.0\r\n\r\n");
    await scene.client.wait("a part", () => scene.client.received.includes("hello") || undefined);
    reset();
    await scene.client.closed();
    // Without a length only a reset can tell the client that something is missing.
    expect(scene.client.isReset).toBe(true);
    await finish(scene);
  });
});
