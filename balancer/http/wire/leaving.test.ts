import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const refusal = "HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno";

describe("a client that leaves the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const how of ["close", "reset"] as const) {
    test(`while it waits (${how}): 499, and the target's connection is cut`, async () => {
      const scene = await open(() => {});
      scene.client.request("GET", "/");
      await until("the target has it", () => scene.origin.requests.length === 1);
      scene.client[how]();
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      expect(scene.edge.target("t0").failures).toBe(0);
      expect(await finish(scene)).toMatchObject([{ status: 499, attempts: 1 }]);
    });

    test(`while its answer streams (${how}): 499, and the target's connection is cut`, async () => {
      const scene = await open("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello");
      scene.client.request("GET", "/");
      await scene.client.wait("a part", () => scene.client.received.includes("hello") || undefined);
      scene.client[how]();
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      expect(await finish(scene)).toMatchObject([{ status: 499, bytes: 5 }]);
    });

    test(`in the middle of its body (${how}): 499, and no target has a whole request`, async () => {
      const scene = await open(ok);
      scene.client.request("POST", "/", ["transfer-encoding: chunked"], "5\r\nhello\r\n");
      await until("a part", () => scene.origin.connections[0]?.received.includes("hello"));
      scene.client[how]();
      await scene.edge.inFlight(0);
      await until("the target is left", () => scene.origin.open === 0);
      expect([scene.origin.requests, scene.edge.target("t0").failures]).toEqual([[], 0]);
      const [line] = await finish(scene);
      // A closed side is a body that broke off; nobody is sure to read an answer to that.
      expect([400, 499]).toContain(line?.status ?? 0);
    });

    test(`in the middle of a head (${how}) leaves nothing behind`, async () => {
      const scene = await open(ok);
      scene.client.send("GET / HTTP/1.1\r\nhost: t\r\n");
      expect((await (await scene.edge.client()).ask("GET", "/other")).status).toBe(200);
      scene.client[how]();
      await until("it is closed", () => scene.client.isClosed);
      expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/other"]);
      await finish(scene);
    });

    test(`between requests (${how}) is closed without a line in the log`, async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/");
      scene.client[how]();
      await until("it is closed", () => scene.client.isClosed);
      expect(await finish(scene)).toHaveLength(1);
    });
  }
});

describe("an answer before the request's body is whole, at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [framing, line, part, rest] of [
    ["length", "content-length: 100000", "x".repeat(10), "x".repeat(99_990)],
    ["chunks", "transfer-encoding: chunked", "5\r\nhello\r\n", inChunks(["again"], ["x-t: 1"])],
  ] as const) {
    test(`leaves the connection to the next request behind the rest (${framing})`, async () => {
      const scene = await open(refusal, { respondAt: "head" });
      scene.client.request("POST", "/1", [line], part);
      expect((await scene.client.answer()).status).toBe(403);
      await until("the target is left", () => scene.origin.open === 0);
      scene.client.send(`${rest}${requestText("GET", "/2")}`);
      expect((await scene.client.answer()).status).toBe(403);
      expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/2"]);
      await finish(scene);
    });

    test(`ends the connection when the client asked for that, after the whole answer (${framing})`, async () => {
      const scene = await open(refusal, { respondAt: "head" });
      scene.client.request("POST", "/1", [line, "connection: close"], part);
      expect((await scene.client.answer()).body.toString()).toBe("no");
      await scene.client.closed();
      await finish(scene);
    });
  }

  test("does not read the rest without bound", async () => {
    const scene = await open(refusal, { respondAt: "head" });
    const length = 100_000_000;
    scene.client.request("POST", "/1", [`content-length: ${length}`], "x");
    expect((await scene.client.answer()).status).toBe(403);
    const block = Buffer.alloc(1_000_000);
    for (
      let sent = 0;
      sent < length && !scene.client.isClosed && !scene.client.isReset;
      sent += block.length
    ) {
      const { promise, resolve } = Promise.withResolvers<void>();
      scene.client.socket.once("close", () => resolve());
      if (scene.client.socket.write(block, () => resolve())) resolve();
      await promise;
    }
    await until("the connection is closed", () => scene.client.isClosed);
    expect(scene.client.socket.bytesWritten).toBeLessThan(length);
    await finish(scene);
  });

  test("with a broken rest closes the connection, and answers nothing more", async () => {
    const scene = await open(refusal, { respondAt: "head" });
    scene.client.request("POST", "/1", ["transfer-encoding: chunked"], "5\r\nhello\r\n");
    expect((await scene.client.answer()).status).toBe(403);
    scene.client.send(`zz\r\n${requestText("GET", "/smuggled")}`);
    await scene.client.closed();
    expect(scene.origin.requests).toEqual([]);
    expect(scene.client.received.toString()).not.toContain("403");
    await finish(scene);
  });

  test("is not spoiled by the target that closes instead of reading on", async () => {
    const scene = await open(
      (_request, connection) => {
        connection.send(refusal.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
        connection.close();
      },
      { respondAt: "head" },
    );
    const body = Buffer.alloc(3_000_000, "x");
    scene.client.request("POST", "/1", [`content-length: ${body.length}`]);
    scene.client.send(body);
    expect((await scene.client.answer()).status).toBe(403);
    expect((await finish(scene))[0]).toMatchObject({ status: 403, attempts: 1 });
  });
});
