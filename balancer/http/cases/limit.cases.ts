import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, held, ok } from "./edge-under-test.ts";

/** How many connections and waiting requests a target may have, and clients that leave. */
export function limitCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("limits", () => {
    test("maxConnections holds at the target, and everyone is served in the end", async () => {
      const { respond, waiting, release } = held();
      const scene = await open(respond, { group: { maxConnections: 3 } });
      const clients = await Promise.all(Array.from({ length: 10 }, () => scene.edge.client()));
      const answers = clients.map((client) => client.ask("GET", "/"));
      await scene.edge.inFlight(10);
      await until("three requests are at the target", () => waiting.length === 3);
      for (let left = 10; left > 0; left--) {
        await until("a request waits at the target", () => waiting.length > 0);
        expect(waiting.length).toBeLessThanOrEqual(3);
        release();
      }
      expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual(new Array(10).fill(200));
      expect(scene.origin.connections).toHaveLength(3);
      await finish(scene);
    });

    test("a full queue is 503 at once", async () => {
      const { respond, waiting, release } = held();
      const scene = await open(respond, { group: { maxConnections: 1, maxQueue: 1, queueTimeout: "1m" } });
      const [first, second] = [await scene.edge.client(), await scene.edge.client()];
      first.request("GET", "/1");
      await until("the first is at the target", () => waiting.length === 1);
      second.request("GET", "/2");
      await scene.edge.inFlight(2);
      const answer = await scene.client.ask("GET", "/3");
      expect([answer.status, answer.body.toString()]).toEqual([503, "503 all targets are busy\n"]);
      expect(valuesOf(answer, "retry-after")).toEqual(["1"]);
      release();
      await until("the second is at the target", () => waiting.length === 1);
      release();
      expect([(await first.answer()).status, (await second.answer()).status]).toEqual([200, 200]);
      // Being busy is no failure of the target's.
      expect(scene.edge.target("t0").failures).toBe(0);
      await finish(scene);
    });

    test("a wait in the queue that takes too long is 503, or another target's", async () => {
      const { respond, waiting, release } = held();
      const group = { maxConnections: 1, queueTimeout: "30ms" };
      const scene = await open([respond, ok], { group: { ...group, policy: "round-robin" } });
      const first = await scene.edge.client();
      first.request("GET", "/1");
      await until("the first is at the target", () => waiting.length === 1);
      scene.edge.service("g").group.setState(scene.edge.target("t1"), "unhealthy");
      expect((await scene.client.ask("GET", "/2")).status).toBe(503);
      scene.edge.service("g").group.setState(scene.edge.target("t1"), "healthy");
      for (const path of ["/3", "/4"]) expect((await scene.client.ask("POST", path)).status).toBe(200);
      release();
      expect((await first.answer()).status).toBe(200);
      expect(scene.origins.map((origin) => origin.requests.length)).toEqual([1, 2]);
      await finish(scene);
    });
  });

  describe("a client that leaves", () => {
    test("while it waits for its answer frees the target", async () => {
      const scene = await open(() => {});
      scene.client.request("GET", "/");
      await until("the target has it", () => scene.origin.requests.length === 1);
      scene.client.reset();
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      expect(scene.edge.target("t0").failures).toBe(0);
      expect((await finish(scene))[0]).toMatchObject({ status: 499, attempts: 1 });
    });

    test("while it waits for a connection gives its place in the queue away", async () => {
      const { respond, waiting, release } = held();
      const scene = await open(respond, { group: { maxConnections: 1, maxQueue: 1, queueTimeout: "1m" } });
      const [first, leaves] = [await scene.edge.client(), await scene.edge.client()];
      first.request("GET", "/1");
      await until("the first is at the target", () => waiting.length === 1);
      leaves.request("GET", "/2");
      await scene.edge.inFlight(2);
      leaves.reset();
      await scene.edge.inFlight(1);
      scene.client.request("GET", "/3");
      await scene.edge.inFlight(2);
      release();
      await until("the third is at the target", () => waiting.length === 1);
      release();
      expect((await scene.client.answer()).status).toBe(200);
      expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/1", "/3"]);
      await finish(scene);
    });

    test("while its answer streams frees the target", async () => {
      const scene = await open("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
      scene.client.request("GET", "/");
      await scene.client.wait("a part", () => scene.client.received.includes("hello") || undefined);
      scene.client.reset();
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      expect((await finish(scene))[0]).toMatchObject({ status: 499, bytes: 5 });
    });

    test("while it is slower than its answer frees the target", async () => {
      const scene = await open((_request, connection) => {
        connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n");
        connection.send(Buffer.alloc(20_000_000));
      });
      scene.client.request("GET", "/");
      scene.client.socket.pause();
      await until(
        "the target is held back",
        () => (scene.origin.connections[0]?.socket.writableLength ?? 0) > 0,
      );
      expect(scene.edge.target("t0").inFlight).toBe(1);
      scene.client.socket.resume();
      scene.client.reset();
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      await finish(scene);
    });
  });

  test("a slow reader holds its target back, and gets the whole answer, whatever others get meanwhile", async () => {
    const body = Buffer.alloc(30_000_000, "0123456789abcdef");
    const others = Buffer.alloc(1_000_000, "-");
    const scene = await open(({ target }, connection) => {
      const content = target === "/others" ? others : body;
      connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n\r\n`);
      connection.send(content);
    });
    scene.client.socket.pause();
    scene.client.request("GET", "/");
    const unsent = () => scene.origin.connections[0]?.socket.writableLength ?? 0;
    let before = -1;
    await until("the target is held back", () => {
      const isHeld = unsent() > 0 && unsent() === before;
      before = unsent();
      return isHeld;
    });
    // What the balancer and the system's sockets hold is a part of it only.
    expect(unsent()).toBeGreaterThan(body.length / 2);
    const other = await scene.edge.client();
    other.request("GET", "/others");
    expect((await other.answer()).body.equals(others)).toBe(true);
    scene.client.socket.resume();
    expect((await scene.client.answer()).body.equals(body)).toBe(true);
    await finish(scene);
  });

  test("a slow target holds its client back, and gets the whole body", async () => {
    const body = Buffer.alloc(30_000_000, "0123456789abcdef");
    const scene = await open(ok);
    scene.client.request("POST", "/", [`content-length: ${body.length}`]);
    const connection = await until("the target is connected", () => scene.origin.connections[0]);
    connection.socket.pause();
    scene.client.send(body);
    const unsent = () => scene.client.socket.writableLength;
    let before = -1;
    await until("the client is held back", () => {
      const isHeld = unsent() > 0 && unsent() === before;
      before = unsent();
      return isHeld;
    });
    expect(unsent()).toBeGreaterThan(body.length / 2);
    connection.socket.resume();
    expect((await scene.client.answer()).status).toBe(200);
    expect(scene.origin.requests[0]?.body.equals(body)).toBe(true);
    await finish(scene);
  });
}
