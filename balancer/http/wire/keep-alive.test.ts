import { describe, expect, test } from "bun:test";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { edgeUnderTest, firstRequest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const old = (target: string, lines: readonly string[] = []) =>
  `${[`GET ${target} HTTP/1.0`, ...lines].join("\r\n")}\r\n\r\n`;

describe("a connection to the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [what, first, stays, connection] of [
    ["stays open by default", requestText("GET", "/1"), true, []],
    [
      "stays open with keep-alive",
      requestText("GET", "/1", ["connection: keep-alive"]),
      true,
      // The client of 1.1 need not be told, and may be.
      undefined,
    ],
    ["is closed on request", requestText("GET", "/1", ["connection: close"]), false, ["close"]],
    ["is closed on request in capitals", requestText("GET", "/1", ["Connection: CLOSE"]), false, ["close"]],
    [
      "is closed on request within a list",
      requestText("GET", "/1", ["connection: x-a ,\tclose"]),
      false,
      ["close"],
    ],
    [
      "is closed on request on a second line",
      requestText("GET", "/1", ["connection: x-a", "connection: close"]),
      false,
      ["close"],
    ],
    [
      "is closed when both are asked for",
      requestText("GET", "/1", ["connection: keep-alive, close"]),
      false,
      ["close"],
    ],
    ["is not closed by a longer word", requestText("GET", "/1", ["connection: closed"]), true, []],
    ["is closed after HTTP/1.0", old("/1"), false, undefined],
    ["is closed after HTTP/1.0 with Host", old("/1", ["host: t"]), false, undefined],
    [
      "stays open after HTTP/1.0 with keep-alive",
      old("/1", ["connection: Keep-Alive"]),
      true,
      ["keep-alive"],
    ],
  ] as const) {
    test(what, async () => {
      const scene = await open((request, target) => target.send(okWith(request.target)));
      scene.client.send(`${first}${requestText("GET", "/2")}`);
      const answer = await scene.client.answer();
      expect([answer.status, answer.body.toString()]).toEqual([200, "/1"]);
      if (connection !== undefined) {
        expect(valuesOf(answer, "connection").map((value) => value.toLowerCase())).toEqual([...connection]);
      }
      if (stays) {
        expect((await scene.client.answer()).body.toString()).toBe("/2");
      } else {
        await scene.client.closed();
        expect(scene.client.received.length).toBe(0);
      }
      expect(scene.origin.requests).toHaveLength(stays ? 2 : 1);
      await finish(scene);
    });
  }

  test("is closed after HTTP/1.0 with keep-alive and close", async () => {
    const scene = await open(ok);
    scene.client.send(old("/1", ["connection: keep-alive, close"]));
    const answer = await scene.client.answer();
    expect([answer.status, valuesOf(answer, "connection")]).toEqual([200, ["close"]]);
    await scene.client.closed();
    await finish(scene);
  });

  test("stays open when the target closes its own", async () => {
    const scene = await open(okWith("hi", ["connection: close"]));
    const first = await scene.client.ask("GET", "/1");
    expect([first.status, valuesOf(first, "connection")]).toEqual([200, []]);
    expect((await scene.client.ask("GET", "/2")).status).toBe(200);
    await finish(scene);
  });

  test("closed by its client does not close the target's", async () => {
    const scene = await open(ok);
    await scene.client.ask("GET", "/1", ["connection: close"]);
    const other = await scene.edge.client();
    await other.ask("GET", "/2");
    expect(scene.origin.connections).toHaveLength(1);
    expect(valuesOf(firstRequest(scene.origin), "connection")).not.toContain("close");
    await finish(scene);
  });

  test("stays open behind the balancer's own answers", async () => {
    const scene = await open(ok, { listener: { routes: [{ path: "/a", group: "g" }] } });
    for (const [target, status] of [
      ["/none", 404],
      ["/status", 200],
      ["/a", 200],
    ] as const) {
      const answer = await scene.client.ask("GET", target);
      expect([answer.status, valuesOf(answer, "connection")]).toEqual([status, []]);
    }
    await finish(scene);
  });

  test("goes on behind a body that nobody wanted", async () => {
    const scene = await open(ok, { listener: { routes: [{ path: "/a", group: "g" }] } });
    const none = requestText("POST", "/none", ["content-length: 5"], "hello");
    scene.client.send(`${none}${requestText("GET", "/a")}`);
    expect((await scene.client.answer()).status).toBe(404);
    expect((await scene.client.answer()).status).toBe(200);
    await finish(scene);
  });

  test("with HEAD to the balancer's own answers has no body on it", async () => {
    const scene = await open(ok, { listener: { routes: [{ path: "/a", group: "g" }] } });
    scene.client.send(
      requestText("HEAD", "/none") + requestText("HEAD", "/status") + requestText("GET", "/a"),
    );
    expect((await scene.client.answer("HEAD")).status).toBe(404);
    expect((await scene.client.answer("HEAD")).status).toBe(200);
    expect((await scene.client.answer()).body.toString()).toBe("hi");
    await finish(scene);
  });
});

describe("HTTP/1.0 at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  test("needs no Host, and the target gets HTTP/1.1 with one", async () => {
    const scene = await open(ok);
    scene.client.send(old("/a"));
    expect((await scene.client.answer()).status).toBe(200);
    expect(valuesOf(firstRequest(scene.origin), "host")).toHaveLength(1);
    await finish(scene);
  });

  test("gets chunks as they are, until the close", async () => {
    const scene = await open(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nx-t: 1\r\n\r\n",
    );
    scene.client.send(old("/a", ["connection: keep-alive"]));
    const answer = await scene.client.answer();
    expect(answer.body.toString()).toBe("hello world");
    expect(valuesOf(answer, "transfer-encoding")).toEqual([]);
    expect(valuesOf(answer, "connection")).not.toContain("keep-alive");
    await finish(scene);
  });

  test("gets a body without a length until the close", async () => {
    const scene = await open((_request, connection) => {
      connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
      connection.close();
    });
    scene.client.send(old("/a", ["connection: keep-alive"]));
    const answer = await scene.client.answer();
    expect([answer.body.toString(), valuesOf(answer, "transfer-encoding")]).toEqual(["hello", []]);
    await finish(scene);
  });
});
