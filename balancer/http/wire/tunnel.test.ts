import { describe, expect, test } from "bun:test";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, firstRequest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const switched = "HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n";
const upgrade = ["upgrade: echo", "connection: upgrade"];
const accept: Respond = (_request, connection) => connection.send(switched);

describe("a tunnel through the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  async function tunnel(respond: Respond = accept, behindHead = "") {
    const scene = await open(respond);
    scene.client.send(requestText("GET", "/t", upgrade, behindHead));
    const answer = await scene.client.answer();
    expect(answer.status).toBe(101);
    const target = await until("the target", () => scene.origin.connections[0]);
    return { scene, answer, target, client: scene.client };
  }

  test("opens for any protocol, with what both sides said", async () => {
    const { scene, answer, client, target } = await tunnel();
    expect(valuesOf(answer, "upgrade")).toEqual(["echo"]);
    expect(valuesOf(answer, "connection").join().toLowerCase()).toBe("upgrade");
    const request = firstRequest(scene.origin);
    expect(valuesOf(request, "upgrade")).toEqual(["echo"]);
    expect(valuesOf(request, "connection").join().toLowerCase()).toBe("upgrade");
    client.send("ping");
    await target.wait("ping", () => target.received.includes("ping") || undefined);
    target.send("pong");
    await client.wait("pong", () => client.received.includes("pong") || undefined);
    expect(scene.edge.target("t0")).toMatchObject({ inFlight: 1, requests: 0 });
    client.close();
    await target.closed();
    target.close();
    await client.closed();
    expect(await finish(scene)).toMatchObject([{ status: 101, attempts: 1, path: "/t" }]);
    expect(scene.edge.target("t0")).toMatchObject({ requests: 1, failures: 0 });
  });

  test("loses no byte that came right behind the request's head or behind the 101", async () => {
    const { scene, client, target } = await tunnel(
      (_request, connection) => connection.send(`${switched}early`),
      "GET /smuggled HTTP/1.1\r\nhost: t\r\n\r\n",
    );
    await client.wait("early", () => client.received.includes("early") || undefined);
    await target.wait(
      "the bytes",
      () => target.received.includes("/smuggled HTTP/1.1\r\nhost: t\r\n\r\n") || undefined,
    );
    client.send("more");
    await target.wait("more", () => target.received.includes("\r\n\r\nmore") || undefined);
    expect(scene.origin.requests).toHaveLength(1);
    client.close();
    target.close();
    await client.closed();
    await finish(scene);
  });

  test("keeps the other way open when one is closed (client)", async () => {
    const { scene, client, target } = await tunnel();
    client.close();
    await target.closed();
    target.send("still here");
    await client.wait("the rest", () => client.received.includes("still here") || undefined);
    target.close();
    await client.closed();
    await finish(scene);
  });

  test("keeps the other way open when one is closed (target)", async () => {
    const { scene, client, target } = await tunnel();
    target.close();
    await client.closed();
    client.send("still here");
    await until("the rest", () => target.received.includes("still here"));
    client.close();
    await target.closed();
    await finish(scene);
  });

  for (const who of ["client", "target"] as const) {
    test(`broken by a reset of the ${who} breaks the other side, and its attempt ends once`, async () => {
      const { scene, client, target } = await tunnel();
      const [breaks, other] = who === "client" ? [client, target] : [target, client];
      breaks.reset();
      await until("the other side is left", () => other.isClosed);
      await scene.edge.inFlight(0);
      expect((await finish(scene)).map(({ status, attempts }) => [status, attempts])).toEqual([[101, 1]]);
    });
  }

  for (const from of ["client", "target"] as const) {
    test(`holds a fast ${from} back, and loses nothing`, async () => {
      const bytes = Buffer.alloc(30_000_000, "0123456789abcdef");
      const { scene, client, target } = await tunnel();
      const [writer, reader] = from === "client" ? [client, target] : [target, client];
      reader.socket.pause();
      writer.send(bytes);
      let before = -1;
      await until("the writer is held back", () => {
        const unsent = writer.socket.writableLength;
        const isHeld = unsent > 0 && unsent === before;
        before = unsent;
        return isHeld;
      });
      expect(before).toBeGreaterThan(bytes.length / 2);
      writer.close();
      reader.socket.resume();
      await until("all came", () => reader.received.length === bytes.length, 10_000);
      expect(reader.received.equals(bytes)).toBe(true);
      reader.close();
      await until("it is over", () => writer.isClosed);
      await finish(scene);
    });
  }

  test("that the target declines is an answer like any other, and the connection goes on", async () => {
    const respond: Respond = (request, connection) =>
      connection.send(
        request.target === "/426"
          ? okWith("no", ["upgrade: tea", "connection: upgrade"]).replace("200 OK", "426 Upgrade Required")
          : okWith("plain"),
      );
    // A target's connection that was asked for an upgrade is read no more by the test's own target.
    const scene = await open([respond, respond]);
    const declined = await scene.client.ask("GET", "/426", upgrade);
    expect([declined.status, declined.body.toString()]).toEqual([426, "no"]);
    const ignored = await scene.client.ask("GET", "/200", upgrade);
    expect([ignored.status, ignored.body.toString()]).toEqual([200, "plain"]);
    await finish(scene);
  });

  test("does not swallow what was pipelined when the target declines", async () => {
    const scene = await open([ok, ok]);
    scene.client.send(requestText("GET", "/1", upgrade) + requestText("GET", "/2"));
    expect((await scene.client.answer()).status).toBe(200);
    expect((await scene.client.answer()).status).toBe(200);
    await finish(scene);
  });

  for (const [what, lines] of [
    ["to h2c", ["upgrade: h2c", "connection: upgrade, http2-settings", "http2-settings: AAMAAABk"]],
    ["that Connection does not name", ["upgrade: echo"]],
    ["without a protocol", ["upgrade:", "connection: upgrade"]],
  ] as const) {
    test(`is not asked for by an Upgrade ${what}`, async () => {
      const scene = await open(ok);
      expect((await scene.client.ask("GET", "/", lines)).status).toBe(200);
      const request = firstRequest(scene.origin);
      expect([valuesOf(request, "upgrade"), valuesOf(request, "http2-settings")]).toEqual([[], []]);
      await finish(scene);
    });
  }

  test("is not asked for by a request with a body, which passes", async () => {
    const scene = await open(ok);
    const lines = [...upgrade, "content-length: 5"];
    expect((await scene.client.ask("POST", "/", lines, "hello")).status).toBe(200);
    const request = firstRequest(scene.origin);
    expect([valuesOf(request, "upgrade"), request.body.toString()]).toEqual([[], "hello"]);
    await finish(scene);
  });

  test("that nobody asked for is 502", async () => {
    const scene = await open(switched);
    expect((await scene.client.ask("GET", "/")).status).toBe(502);
    await until("the target is left", () => scene.origin.open === 0);
    await finish(scene);
  });

  test("is not opened for HTTP/1.0", async () => {
    const scene = await open(ok);
    scene.client.send("GET / HTTP/1.0\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n");
    expect((await scene.client.answer()).status).toBe(200);
    expect(valuesOf(firstRequest(scene.origin), "upgrade")).toEqual([]);
    await finish(scene);
  });

  test("opens only when the earlier requests of the connection are answered", async () => {
    let answer = () => {};
    const scene = await open((request, connection) => {
      if (request.target === "/t") connection.send(switched);
      else answer = () => connection.send(ok);
    });
    scene.client.send(requestText("GET", "/slow") + requestText("GET", "/t", upgrade, "bytes"));
    await until("the first is there", () => scene.origin.requests.length > 0);
    expect(scene.client.received.length).toBe(0);
    answer();
    expect((await scene.client.answer()).status).toBe(200);
    expect((await scene.client.answer()).status).toBe(101);
    await until("the bytes", () =>
      scene.origin.connections.some(({ received }) => received.includes("bytes")),
    );
    scene.client.reset();
    await finish(scene);
  });
});
