import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import type { Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

const methods = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH"];
const isIdempotent = (method: string) => method !== "POST" && method !== "PATCH";

const closeWithoutAnswer: Respond = (_request, connection) => connection.close();

/** A target with this URL first in turn, one that answers second. */
const before = (url: string, second: string) => ({
  group: {
    targets: [
      { id: "bad", url },
      { id: "good", url: second },
    ],
  },
});

/** Targets that accept no connection, or close it: who is tried next. */
export function faultCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("a refused connection", () => {
    for (const method of methods) {
      test(`sends ${method} to the next target`, async () => {
        const { origin } = await open(ok);
        const scene = await open(ok, before(`http://127.0.0.1:${unusedPort()}`, origin.url));
        const answer = await scene.client.ask(method, "/", ["content-length: 2"], "hi");
        expect(answer.status).toBe(200);
        expect(origin.requests.map((request) => request.method)).toEqual([method]);
        expect((await finish(scene))[0]).toMatchObject({ target: "good", attempts: 2 });
      });
    }

    test("sends a body that can come only once to the next target", async () => {
      const { origin } = await open(ok);
      const scene = await open(ok, before(`http://127.0.0.1:${unusedPort()}`, origin.url));
      const chunks = "5\r\nhello\r\n0\r\n\r\n";
      expect((await scene.client.ask("POST", "/", ["transfer-encoding: chunked"], chunks)).status).toBe(200);
      expect(origin.requests[0]?.body.toString()).toBe("hello");
      await finish(scene);
    });

    for (const method of ["GET", "POST"]) {
      test(`everywhere is 503 with Retry-After (${method})`, async () => {
        const targets = [1, 2, 3].map(() => ({ url: `http://127.0.0.1:${unusedPort()}` }));
        const scene = await open(ok, { group: { targets } });
        const answer = await scene.client.ask(method, "/");
        expect([answer.status, valuesOf(answer, "retry-after")]).toEqual([503, ["2"]]);
        expect(answer.body.toString()).toBe("503 no target could be reached\n");
        expect((await finish(scene))[0]).toMatchObject({ attempts: 3, fault: "connect: ECONNREFUSED" });
      });
    }
  });

  describe("a connection closed without an answer", () => {
    for (const method of methods) {
      const outcome = isIdempotent(method) ? "is sent to the next target" : "is answered with 502";
      test(`${method} ${outcome}`, async () => {
        const scene = await open([closeWithoutAnswer, ok]);
        const answer = await scene.client.ask(method, "/", ["content-length: 2"], "hi");
        expect(answer.status).toBe(isIdempotent(method) ? 200 : 502);
        expect(scene.origins[1]?.requests).toHaveLength(isIdempotent(method) ? 1 : 0);
        expect(scene.edge.target("t0").failures).toBe(1);
        await finish(scene);
      });
    }

    test("is retried no more often than the group allows, and at no target twice", async () => {
      const scene = await open([closeWithoutAnswer, closeWithoutAnswer, closeWithoutAnswer, ok], {
        group: { retries: 2 },
      });
      expect((await scene.client.ask("GET", "/")).status).toBe(502);
      expect(scene.origins.map((origin) => origin.requests.length)).toEqual([1, 1, 1, 0]);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 3, status: 502 });
    });

    test("is not retried when the body is gone", async () => {
      const scene = await open([closeWithoutAnswer, ok]);
      const chunks = "5\r\nhello\r\n0\r\n\r\n";
      expect((await scene.client.ask("PUT", "/", ["transfer-encoding: chunked"], chunks)).status).toBe(502);
      expect(scene.origins[1]?.requests).toEqual([]);
      await finish(scene);
    });
  });

  describe("a keep-alive connection that the target closes just as it is reused", () => {
    /** Answers the first request of each connection, and closes at the second. */
    const closesOnReuse = (): Respond => {
      const used = new Set<unknown>();
      return (_request, connection) => {
        if (used.has(connection)) connection.close();
        else connection.send(ok);
        used.add(connection);
      };
    };

    for (const method of methods) {
      const outcome = isIdempotent(method) ? "goes again on a fresh one" : "is answered with 502";
      test(`${method} ${outcome}`, async () => {
        const scene = await open(closesOnReuse());
        await scene.client.ask("GET", "/first");
        const answer = await scene.client.ask(method, "/second", ["content-length: 2"], "hi");
        expect(answer.status).toBe(isIdempotent(method) ? 200 : 502);
        expect(scene.origin.connections).toHaveLength(isIdempotent(method) ? 2 : 1);
        expect(scene.edge.target("t0").failures).toBe(isIdempotent(method) ? 0 : 1);
        const lines = await finish(scene);
        expect(lines.map((line) => line.attempts)).toEqual([1, 1]);
      });
    }

    test("is not taken for a POST once the target has closed one so early", async () => {
      const scene = await open(closesOnReuse());
      const startMs = performance.now();
      await scene.client.ask("GET", "/first");
      scene.origin.connections[0]?.close();
      await until("the balancer has seen it", () => scene.origin.open === 0);
      const keptMs = performance.now() - startMs;
      await scene.client.ask("GET", "/second");
      const sinceMs = performance.now();
      await until("the next is as old", () => performance.now() - sinceMs >= keptMs);
      const answer = await scene.client.ask("POST", "/third", ["content-length: 2"], "hi");
      expect(answer.status).toBe(200);
      expect(scene.origin.connections).toHaveLength(3);
      await finish(scene);
    });

    test("is no such case when a part of the answer had come", async () => {
      let count = 0;
      const scene = await open(
        (_request, connection) => {
          connection.send(count++ === 0 ? ok : "HTTP/1.1 200 O");
          if (count === 2) connection.close();
        },
        { group: { retries: 0 } },
      );
      await scene.client.ask("GET", "/");
      expect((await scene.client.ask("GET", "/")).status).toBe(502);
      expect(scene.origin.connections).toHaveLength(1);
      await finish(scene);
    });
  });

  test("an unhealthy target gets nothing; with none left it is 503 where there is no panic", async () => {
    const scene = await open([ok, ok], { group: { panicThreshold: 0 } });
    const [first, second] = [scene.edge.target("t0"), scene.edge.target("t1")];
    const { group } = scene.edge.service("g");
    group.setState(first, "unhealthy");
    for (let i = 0; i < 4; i++) expect((await scene.client.ask("GET", "/")).status).toBe(200);
    expect(scene.origins.map((origin) => origin.requests.length)).toEqual([0, 4]);
    group.setState(second, "unhealthy");
    const answer = await scene.client.ask("GET", "/");
    expect([answer.status, answer.body.toString()]).toEqual([503, "503 no target is available\n"]);
    await finish(scene);
  });

  test("with most targets unhealthy all are used, but for those that drain", async () => {
    const scene = await open([ok, ok, ok]);
    const { group } = scene.edge.service("g");
    for (const id of ["t0", "t1"]) group.setState(scene.edge.target(id), "unhealthy");
    group.setState(scene.edge.target("t2"), "draining");
    for (let i = 0; i < 4; i++) expect((await scene.client.ask("GET", "/")).status).toBe(200);
    expect(scene.origins.map((origin) => origin.requests.length)).toEqual([2, 2, 0]);
    await finish(scene);
  });
}
