import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

/** Answers that are none, that break off, or that go on where they should have ended. */
export function badAnswerCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("an answer that is none", () => {
    for (const [what, bytes] of [
      ["garbage", "220 mail.example ESMTP\r\n\r\n"],
      ["garbage without an end", `${"x".repeat(70_000)}`],
      ["a field name with a blank", "HTTP/1.1 200 OK\r\nx y: z\r\n\r\n"],
      ["a folded line", "HTTP/1.1 200 OK\r\nx: y\r\n z\r\ncontent-length: 0\r\n\r\n"],
      [
        "both a length and chunks",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      ],
      ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!"],
      ["a negative length", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"],
      ["an unknown transfer coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nxxx"],
      ["101 that was not asked for", "HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"],
      ["a version of the future", "HTTP/2.0 200 OK\r\n\r\n"],
    ] as const) {
      test(`is 502 and is not tried elsewhere: ${what}`, async () => {
        const scene = await open([bytes, ok]);
        const answer = await scene.client.ask("GET", "/");
        expect([answer.status, answer.body.toString()]).toEqual([
          502,
          "502 the target sent no valid answer\n",
        ]);
        expect(scene.origins[1]?.requests).toEqual([]);
        expect(scene.edge.target("t0").failures).toBe(1);
        expect((await finish(scene))[0]?.fault).toStartWith("protocol: ");
      });
    }
  });

  describe("an answer that breaks off", () => {
    const cut =
      (text: string): Respond =>
      (_request, connection) => {
        connection.send(text);
        connection.close();
      };
    for (const [what, script] of [
      ["by length", cut(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${"x".repeat(70_000)}`)],
      ["in a chunk", cut("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel")],
      ["between chunks", cut("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")],
      ["in a chunk's size", cut("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")],
    ] as const) {
      test(`never looks whole to the client: ${what}`, async () => {
        const scene = await open(script);
        await expect(scene.client.ask("GET", "/")).rejects.toThrow("the peer closed after");
        await scene.client.closed();
        expect(scene.edge.target("t0").failures).toBe(1);
        expect((await finish(scene))[0]?.fault).toBeString();
      });
    }

    test("never looks whole when it was to end with the connection, and that was reset", async () => {
      let reset = () => {};
      const scene = await open((_request, connection) => {
        connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
        reset = () => connection.reset();
      });
      scene.client.request("GET", "/");
      await scene.client.wait("a part", () => scene.client.received.includes("hello") || undefined);
      reset();
      await expect(scene.client.answer()).rejects.toThrow("the peer closed after");
      await scene.client.closed();
      expect(scene.edge.target("t0").failures).toBe(1);
      await finish(scene);
    });
  });

  test("bytes behind an answer cost the connection, not the answer", async () => {
    const scene = await open(`${okWith("hi")}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison`);
    expect((await scene.client.ask("GET", "/1")).body.toString()).toBe("hi");
    expect((await scene.client.ask("GET", "/2")).body.toString()).toBe("hi");
    expect(scene.origin.connections).toHaveLength(2);
    await finish(scene);
  });

  test("bytes on an idle connection cost it too", async () => {
    const scene = await open(ok);
    await scene.client.ask("GET", "/1");
    const [connection] = scene.origin.connections;
    connection?.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");
    await connection?.closed();
    expect((await scene.client.ask("GET", "/2")).body.toString()).toBe("hi");
    await finish(scene);
  });
}
