import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { edgeUnderTest, firstRequest, ok, withoutOwn } from "./edge-under-test.ts";

/** Methods, statuses and how bodies end. */
export function messageCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("methods", () => {
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"]) {
      test(`${method} reaches the target and its answer the client`, async () => {
        const scene = await open(method === "HEAD" ? "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n" : ok);
        const answer = await scene.client.ask(method, "/a");
        expect([answer.status, answer.body.toString()]).toEqual([200, method === "HEAD" ? "" : "hi"]);
        expect([firstRequest(scene.origin).method, firstRequest(scene.origin).target]).toEqual([
          method,
          "/a",
        ]);
        const [line] = await finish(scene);
        expect(line).toMatchObject({ method, path: "/a", status: 200, attempts: 1, target: "t0" });
      });
    }
  });

  describe("answers", () => {
    test("with a length keep it, up to 64 KiB", async () => {
      const body = "x".repeat(65_536);
      // Without a type, Bun would give it one; the edge may then have to send it in chunks.
      const scene = await open(okWith(body, ["content-type: text/plain"]));
      const answer = await scene.client.ask("GET", "/");
      expect(valuesOf(answer, "content-length")).toEqual(["65536"]);
      expect(answer.body.toString()).toBe(body);
      expect((await finish(scene))[0]).toMatchObject({ bytes: 65_536 });
    });

    test("of any length come whole", async () => {
      const body = Buffer.alloc(3_000_000, "0123456789abcdef");
      const scene = await open((_request, connection) => {
        connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        connection.send(body);
      });
      const answer = await scene.client.ask("GET", "/");
      expect(answer.body.equals(body)).toBe(true);
      await finish(scene);
    });

    test("that outrun the client leave the target's connection fit for the next request", async () => {
      // Their last portion is more than is read ahead of a client, so that the target is not read at its end.
      const large = Buffer.alloc(400_000, "0123456789");
      const answer = Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${large.length}\r\n\r\n`),
        large,
      ]);
      const scene = await open((_request, connection) => connection.send(answer));
      for (let request = 0; request < 5; request++) {
        expect((await scene.client.ask("GET", "/")).body.equals(large)).toBe(true);
      }
      expect(scene.origin.connections).toHaveLength(1);
      await finish(scene);
    });

    test("in chunks come whole, without the extensions", async () => {
      const scene = await open(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
      );
      expect((await scene.client.ask("GET", "/")).body.toString()).toBe("hello world");
      expect((await scene.client.ask("GET", "/")).body.toString()).toBe("hello world");
      await finish(scene);
    });

    test("that end with the connection come whole, and the client's stays open", async () => {
      const scene = await open((_request, connection) => {
        connection.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        connection.close();
      });
      expect((await scene.client.ask("GET", "/")).body.toString()).toBe("until the end");
      expect((await scene.client.ask("GET", "/")).body.toString()).toBe("until the end");
      expect(scene.origin.connections).toHaveLength(2);
      await finish(scene);
    });

    test("that are empty stay empty", async () => {
      const scene = await open(okWith(""));
      const answer = await scene.client.ask("GET", "/");
      expect(valuesOf(answer, "content-length")).toEqual(["0"]);
      expect(withoutOwn(answer.fields)).toEqual([]);
      await finish(scene);
    });

    test("to HEAD keep their length, and are given none", async () => {
      const scene = await open((request, connection) =>
        connection.send(
          `HTTP/1.1 200 OK\r\n${request.target === "/known" ? "content-length: 77\r\n" : ""}\r\n`,
        ),
      );
      const known = await scene.client.ask("HEAD", "/known");
      expect(valuesOf(known, "content-length")).toEqual(["77"]);
      expect(valuesOf(await scene.client.ask("HEAD", "/unknown"), "content-length")).toEqual([]);
      await finish(scene);
    });

    for (const [status, lines] of [
      [204, ""],
      [304, 'content-length: 77\r\netag: "x"\r\n'],
    ] as const) {
      test(`${status} have no body, and the connections go on`, async () => {
        const scene = await open(`HTTP/1.1 ${status} X\r\n${lines}\r\n`);
        const answer = await scene.client.ask("GET", "/");
        expect(answer.status).toBe(status);
        expect(valuesOf(answer, "content-length")).toEqual(status === 304 ? ["77"] : []);
        expect((await scene.client.ask("GET", "/")).status).toBe(status);
        expect(scene.origin.connections).toHaveLength(1);
        await finish(scene);
      });
    }

    for (const status of [201, 301, 400, 404, 429, 500, 503, 599]) {
      test(`${status} pass with their body`, async () => {
        const scene = await open(`HTTP/1.1 ${status} X\r\ncontent-length: 2\r\n\r\nhi`);
        const answer = await scene.client.ask("GET", "/");
        expect([answer.status, answer.body.toString()]).toEqual([status, "hi"]);
        expect(scene.edge.target("t0").failures).toBe(status >= 500 ? 1 : 0);
        await finish(scene);
      });
    }

    test("that are interim are skipped", async () => {
      const scene = await open(
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ok}`,
      );
      const answer = await scene.client.ask("GET", "/");
      expect([answer.status, answer.body.toString(), valuesOf(answer, "link")]).toEqual([200, "hi", []]);
      await finish(scene);
    });

    test("are given no Content-Type, nor lose the one they have", async () => {
      const scene = await open((request, connection) =>
        connection.send(okWith("hi", request.target === "/typed" ? ["content-type: text/x-y"] : [])),
      );
      expect(valuesOf(await scene.client.ask("GET", "/typed"), "content-type")).toEqual(["text/x-y"]);
      expect(valuesOf(await scene.client.ask("GET", "/untyped"), "content-type")).toEqual([]);
      await finish(scene);
    });

    test("come event by event when the target sends them so", async () => {
      let send = (_event: string) => {};
      const scene = await open((_request, connection) => {
        connection.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        send = (event) => connection.send(`data: ${event}\n\n`);
      });
      scene.client.request("GET", "/events");
      await scene.edge.inFlight(1);
      const { client } = scene;
      await client.wait("the head", () => client.received.includes("text/event-stream") || undefined);
      for (const event of ["one", "two", "three"]) {
        send(event);
        await client.wait(event, () => client.received.includes(`data: ${event}\n\n`) || undefined);
      }
      scene.origin.connections[0]?.close();
      await scene.client.answer();
      await finish(scene);
    });
  });
}
