import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { edgeUnderTest, firstRequest, ok } from "./edge-under-test.ts";

/** Which group a request goes to, and what of its target reaches the origin. */
export function routingCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("a request's target", () => {
    for (const target of [
      "/",
      "/a/b/",
      "/?",
      "/a?b=1&b=2&c=%20+",
      "/%2F%41%c3%a9/x%25",
      "/a//b",
      "//a",
      "/a?u=http://x/y?z#",
      "/;p=1,2/~x!$'()*+@:",
    ]) {
      test(`${target} passes unchanged`, async () => {
        const scene = await open(ok);
        await scene.client.ask("GET", target);
        // A fragment is not for servers; a client that sends one means nothing by it.
        expect(firstRequest(scene.origin).target).toBe(target.replace("#", ""));
        await finish(scene);
      });
    }

    test("loses the route's path when the route says so", async () => {
      const scene = await open(ok, {
        listener: { routes: [{ path: "/api", group: "g", stripPrefix: true }] },
      });
      for (const target of ["/api", "/api/", "/api/x?y=/api", "/api?q"])
        await scene.client.ask("GET", target);
      expect(scene.origin.requests.map((request) => request.target)).toEqual(["/", "/", "/x?y=/api", "/?q"]);
      await finish(scene);
    });
  });

  describe("routes", () => {
    test("by path and host keep the groups apart", async () => {
      const { origin: other } = await open(okWith("two"));
      const scene = await open(okWith("one"), {
        listener: {
          routes: [
            { path: "/one", group: "g" },
            { path: "/two", group: "other" },
            { path: "/", host: "*.two.example", group: "other" },
          ],
        },
        groups: { other: { targets: [{ url: other.url }], health: false } },
      });
      const bodyOf = async (target: string, host = "test") => {
        const client = await scene.edge.client();
        client.send(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
        const { status, body } = await client.answer();
        return status === 200 ? body.toString() : status;
      };
      expect(await bodyOf("/one/x")).toBe("one");
      expect(await bodyOf("/two?x")).toBe("two");
      expect(await bodyOf("/one", "A.TWO.example:8080")).toBe("two");
      expect(await bodyOf("/onetwo")).toBe(404);
      expect(await bodyOf("/")).toBe(404);
      await finish(scene);
    });

    test("that do not exist are answered with 404 and a line that says so", async () => {
      const scene = await open(ok, { listener: { routes: [{ path: "/a", group: "g" }] } });
      const answer = await scene.client.ask("POST", "/b", ["content-length: 2"], "hi");
      expect([answer.status, answer.body.toString()]).toEqual([404, "404 no route for /b\n"]);
      expect((await scene.client.ask("GET", "/a")).status).toBe(200);
      expect(scene.origin.requests).toHaveLength(1);
      expect((await finish(scene))[0]).toMatchObject({
        method: "POST",
        path: "/b",
        status: 404,
        attempts: 0,
      });
    });

    test("do not hide the status, which tells of every group", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/x");
      const answer = await scene.client.ask("GET", "/status");
      expect(valuesOf(answer, "content-type").join()).toStartWith("application/json");
      const { groups } = JSON.parse(answer.body.toString());
      expect(groups.g.policy).toBe("round-robin");
      expect(groups.g.targets).toMatchObject([
        {
          id: "t0",
          url: scene.origin.url,
          state: "healthy",
          inFlight: 0,
          requests: 1,
          failures: 0,
          weight: 1,
        },
      ]);
      expect(scene.origin.requests.map((request) => request.target)).toEqual(["/x"]);
      await finish(scene);
    });
  });

  describe("HTTP/1.0", () => {
    test("without a Host is routed by its path, and closed after the answer", async () => {
      const scene = await open(ok);
      scene.client.send("GET /a?b=//c HTTP/1.0\r\n\r\n");
      expect((await scene.client.answer()).body.toString()).toBe("hi");
      await scene.client.closed();
      expect(firstRequest(scene.origin).target).toBe("/a?b=//c");
      // The target is asked by HTTP/1.1, where many a server refuses a request without one.
      expect(valuesOf(firstRequest(scene.origin), "host")).toEqual(["127.0.0.1:0"]);
      await finish(scene);
    });

    test("is never answered in chunks", async () => {
      const scene = await open(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      );
      scene.client.send("GET / HTTP/1.0\r\nhost: test\r\n\r\n");
      const answer = await scene.client.answer();
      expect(valuesOf(answer, "transfer-encoding")).toEqual([]);
      expect(answer.body.toString()).toBe("hello");
      await scene.client.closed();
      await finish(scene);
    });
  });

  describe("the client's connection", () => {
    test("carries one request after another", async () => {
      const scene = await open(ok);
      for (let i = 0; i < 5; i++) expect((await scene.client.ask("GET", `/${i}`)).status).toBe(200);
      expect(scene.origin.connections).toHaveLength(1);
      await finish(scene);
    });

    test("is closed after the answer when the client asks for that, the target's is not", async () => {
      const scene = await open(ok);
      expect((await scene.client.ask("GET", "/", ["connection: close"])).status).toBe(200);
      await scene.client.closed();
      await (await scene.edge.client()).ask("GET", "/");
      expect(scene.origin.connections).toHaveLength(1);
      await finish(scene);
    });

    for (const [what, text] of [
      [
        "both a length and chunks",
        "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      ],
      ["two lengths", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!"],
      [
        "an unknown transfer coding",
        "POST / HTTP/1.1\r\nhost: t\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      ],
      ["no Host in HTTP/1.1", "GET / HTTP/1.1\r\nx: y\r\n\r\n"],
    ] as const) {
      test(`is closed with 400 after ${what}, and no target hears of it`, async () => {
        const scene = await open(ok);
        scene.client.send(text);
        expect((await scene.client.answer()).status).toBe(400);
        await scene.client.closed();
        expect(scene.origin.requests).toEqual([]);
        await finish(scene);
      });
    }
  });

  test("a group without a reachable target is told with its recovery time", async () => {
    const scene = await open(ok, { group: { targets: [{ url: `http://127.0.0.1:${unusedPort()}` }] } });
    const answer = await scene.client.ask("GET", "/");
    expect([answer.status, valuesOf(answer, "retry-after")]).toEqual([503, ["2"]]);
    await finish(scene);
  });
}
