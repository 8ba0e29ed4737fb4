import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, firstRequest, ok } from "./edge-under-test.ts";

const large = 200_000;

/** Bodies of requests, whole and broken. */
export function bodyCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("a request's body", () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const length of [2, 65_536, large]) {
        test(`of ${length} bytes passes with its length (${method})`, async () => {
          const scene = await open(ok);
          const body = Buffer.alloc(length, "0123456789");
          const answer = await scene.client.ask(method, "/", [`content-length: ${length}`], body);
          expect(answer.status).toBe(200);
          const request = firstRequest(scene.origin);
          expect(valuesOf(request, "content-length")).toEqual([String(length)]);
          expect(valuesOf(request, "transfer-encoding")).toEqual([]);
          expect(request.body.equals(body)).toBe(true);
          await finish(scene);
        });
      }
    }

    test("in chunks passes as it comes", async () => {
      const scene = await open(ok);
      scene.client.request("POST", "/", ["transfer-encoding: chunked"], "5\r\nhello\r\n");
      await until("the first chunk is there", () =>
        scene.origin.connections[0]?.received.includes("5\r\nhello\r\n"),
      );
      scene.client.send("6;x=y\r\n world\r\n0\r\n\r\n");
      expect((await scene.client.answer()).status).toBe(200);
      const request = firstRequest(scene.origin);
      expect(request.body.toString()).toBe("hello world");
      expect(valuesOf(request, "content-length")).toEqual([]);
      await finish(scene);
    });

    test("that is empty stays empty, and a missing one missing", async () => {
      const scene = await open(ok);
      await scene.client.ask("POST", "/", ["content-length: 0"]);
      await scene.client.ask("POST", "/");
      await scene.client.ask("POST", "/", ["transfer-encoding: chunked"], "0\r\n\r\n");
      const [empty, missing, noChunks] = scene.origin.requests;
      expect(valuesOf(empty ?? { fields: [] }, "content-length")).toEqual(["0"]);
      expect(valuesOf(missing ?? { fields: [] }, "transfer-encoding")).toEqual([]);
      expect(noChunks?.body.length).toBe(0);
      await finish(scene);
    });

    test("behind a GET never becomes the next request", async () => {
      const scene = await open(ok);
      const smuggled = "GET /smuggled HTTP/1.1\r\nhost: t\r\n\r\n";
      await scene.client.ask("GET", "/1", [`content-length: ${smuggled.length}`], smuggled);
      await scene.client.ask("GET", "/2");
      expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/1", "/2"]);
      await finish(scene);
    });

    test("is invited with 100 when the client waits for that, and Expect ends here", async () => {
      const scene = await open(ok);
      scene.client.request("POST", "/", ["expect: 100-continue", "content-length: 5"]);
      await scene.client.wait(
        "100",
        () => scene.client.received.includes("100 Continue\r\n\r\n") || undefined,
      );
      scene.client.send("hello");
      expect((await scene.client.answer()).status).toBe(200);
      const request = firstRequest(scene.origin);
      expect([request.body.toString(), valuesOf(request, "expect")]).toEqual(["hello", []]);
      await finish(scene);
    });
  });

  describe("an answer before the request's body is whole", () => {
    for (const [framing, line, part, rest] of [
      ["length", `content-length: ${large}`, "x".repeat(1000), "x".repeat(large - 1000)],
      ["chunks", "transfer-encoding: chunked", "5\r\nhello\r\n", "5\r\nagain\r\n0\r\n\r\n"],
    ] as const) {
      test(`passes at once, and neither connection carries rests over (${framing})`, async () => {
        const scene = await open("HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno", { respondAt: "head" });
        scene.client.request("POST", "/1", [line], part);
        expect((await scene.client.answer()).status).toBe(403);
        scene.client.send(rest);
        expect((await scene.client.ask("GET", "/2")).status).toBe(403);
        // The target still waits for the body of the first: its connection can't be used again.
        expect(scene.origin.connections).toHaveLength(2);
        expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/2"]);
        await finish(scene);
      });
    }
  });

  describe("a body that is too large", () => {
    test("is refused with 413 by its length, and no target hears of it", async () => {
      const scene = await open(ok, { listener: { maxBodyBytes: 10 } });
      const answer = await scene.client.ask("POST", "/", ["content-length: 11"], "01234567890");
      expect(answer.status).toBe(413);
      expect(scene.origin.connections).toEqual([]);
      await finish(scene);
    });

    test("is refused with 413 when its chunks grow too large, and the target's connection is cut", async () => {
      const scene = await open(ok, { listener: { maxBodyBytes: 10 } });
      scene.client.request("POST", "/", ["transfer-encoding: chunked"], "5\r\nhello\r\n");
      await scene.edge.inFlight(1);
      scene.client.send("6\r\n world\r\n");
      expect((await scene.client.answer()).status).toBe(413);
      await until("the target is left", () => scene.origin.open === 0);
      expect(scene.origin.requests).toEqual([]);
      await finish(scene);
    });

    test("is one byte over the limit", async () => {
      const scene = await open(ok, { listener: { maxBodyBytes: 10 } });
      expect((await scene.client.ask("POST", "/", ["content-length: 10"], "0123456789")).status).toBe(200);
      const chunks = "a\r\n0123456789\r\n0\r\n\r\n";
      expect((await scene.client.ask("POST", "/", ["transfer-encoding: chunked"], chunks)).status).toBe(200);
      await finish(scene);
    });
  });

  describe("a body that breaks off", () => {
    for (const [what, line, part] of [
      ["small", "content-length: 10", "hello"],
      ["large", `content-length: ${large}`, "hello"],
      ["in chunks", "transfer-encoding: chunked", "5\r\nhello\r\n"],
    ] as const) {
      test(`because the client leaves ends the attempt as cancelled, unsent or cut (${what})`, async () => {
        const scene = await open(ok);
        scene.client.request("POST", "/", [line], part);
        if (what !== "small")
          await until("a part is there", () => scene.origin.connections[0]?.received.length);
        scene.client.reset();
        await until("the target is left", () => scene.origin.open === 0);
        await scene.edge.inFlight(0);
        expect(scene.edge.target("t0").failures).toBe(0);
        expect(scene.origin.requests).toEqual([]);
        await finish(scene);
      });
    }

    test("because a chunk is none is answered with 400, and the target's connection is cut", async () => {
      const scene = await open(ok);
      scene.client.request("POST", "/", ["transfer-encoding: chunked"], "5\r\nhello\r\n");
      await until("a part is there", () => scene.origin.connections[0]?.received.includes("hello"));
      scene.client.send("zz\r\n");
      expect((await scene.client.answer()).status).toBe(400);
      await until("the target is left", () => scene.origin.open === 0);
      await finish(scene);
    });
  });
}
