import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

/** Requests that have no one meaning must reach no target: another reader might take the other. */
const ambiguous: readonly (readonly [title: string, head: string, body: string])[] = [
  ["two equal lengths", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 5\r\ncontent-length: 5", "hello"],
  ["two lengths", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 5\r\ncontent-length: 6", "hello"],
  ["a list of lengths", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 5, 5", "hello"],
  ["a length in hexadecimal", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 0x5", "hello"],
  ["a length with a sign", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: +5", "hello"],
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 5\r\ntransfer-encoding: chunked",
    "0\r\n\r\n",
  ],
  ["an unknown coding", "POST / HTTP/1.1\r\nhost: t\r\ntransfer-encoding: identity", "hello"],
  ["two hosts", "GET / HTTP/1.1\r\nhost: t\r\nhost: u", ""],
  ["no host", "GET / HTTP/1.1", ""],
  ["a blank before the colon", "GET / HTTP/1.1\r\nhost : t", ""],
];

export function badRequestCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("a request with", () => {
    for (const [title, head, body] of ambiguous) {
      test(`${title} is 400, the connection closed, and no target sees it`, async () => {
        const scene = await open(ok);
        scene.client.send(`${head}\r\n\r\n${body}`);
        expect((await scene.client.answer()).status).toBe(400);
        await until("the connection is closed", () => scene.client.isClosed);
        expect(scene.origin.requests).toEqual([]);
        await finish(scene);
      });
    }
  });
}
